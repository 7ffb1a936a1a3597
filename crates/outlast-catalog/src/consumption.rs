//! What a call used, as it is charged.

use outlast_types::Usage;
use serde::Serialize;

/// A kind of token that can have a price of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenKind {
    /// Input read from the provider's cache.
    CachedRead,
    /// Input written to it.
    CachedWrite,
    /// Input written to it for an hour.
    CachedWrite1h,
    /// Other input.
    Input,
    /// Pictures in the input.
    ImageInput,
    /// Sound in the input.
    AudioInput,
    /// Output.
    Output,
    /// Sound in the output.
    AudioOutput,
    /// Reasoning, which is output too.
    Reasoning,
}

impl TokenKind {
    /// Tells whether it counts towards the length of the prompt.
    pub const fn is_input(self) -> bool {
        !matches!(self, Self::Output | Self::AudioOutput | Self::Reasoning)
    }
}

/// The tokens of one call, and which of them are of a kind that [`Usage`] does not tell apart.
///
/// The further counts are parts of those of the usage and never add to them.
///
/// # Examples
///
/// ```
/// use outlast_catalog::{Consumption, TokenKind};
/// use outlast_types::Usage;
///
/// let consumption = Consumption::from(Usage::new(100, 10)).with_audio_input(60);
/// let split: Vec<_> = consumption.by_kind().collect();
/// assert_eq!(split, [(TokenKind::Input, 40), (TokenKind::AudioInput, 60), (TokenKind::Output, 10)]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Consumption {
    /// All tokens, each once.
    pub usage: Usage,
    /// Those of `usage.cached_write` that are kept for an hour.
    pub cached_write_1h: u64,
    /// Those of `usage.input` that were sound.
    pub audio_input: u64,
    /// Those of `usage.input` that were pictures.
    pub image_input: u64,
    /// Those of `usage.output` that were sound.
    pub audio_output: u64,
}

impl Consumption {
    /// Sets [`Consumption::cached_write_1h`].
    pub const fn with_cached_write_1h(mut self, tokens: u64) -> Self {
        self.cached_write_1h = tokens;
        self
    }

    /// Sets [`Consumption::audio_input`].
    pub const fn with_audio_input(mut self, tokens: u64) -> Self {
        self.audio_input = tokens;
        self
    }

    /// Sets [`Consumption::image_input`].
    pub const fn with_image_input(mut self, tokens: u64) -> Self {
        self.image_input = tokens;
        self
    }

    /// Sets [`Consumption::audio_output`].
    pub const fn with_audio_output(mut self, tokens: u64) -> Self {
        self.audio_output = tokens;
        self
    }

    /// Tells how many tokens of each kind there are, each token once; kinds without any are left out. Input comes first,
    /// in the order in which a prompt is cached.
    pub fn by_kind(&self) -> impl Iterator<Item = (TokenKind, u64)> + use<> {
        let usage = self.usage;
        let (hour, minutes) = take(self.cached_write_1h, usage.cached_write);
        let (audio, input) = take(self.audio_input, usage.input);
        let (image, input) = take(self.image_input, input);
        let (speech, output) = take(self.audio_output, usage.output);
        let (reasoning, output) = take(usage.reasoning, output);
        let counts = [
            (TokenKind::CachedRead, usage.cached_read),
            (TokenKind::CachedWrite, minutes),
            (TokenKind::CachedWrite1h, hour),
            (TokenKind::Input, input),
            (TokenKind::ImageInput, image),
            (TokenKind::AudioInput, audio),
            (TokenKind::Output, output),
            (TokenKind::AudioOutput, speech),
            (TokenKind::Reasoning, reasoning),
        ];
        counts.into_iter().filter(|(_, tokens)| *tokens > 0)
    }
}

impl From<Usage> for Consumption {
    fn from(usage: Usage) -> Self {
        Self {
            usage,
            ..Self::default()
        }
    }
}

/// Takes `part` out of `whole`, or all of it: a part that is said to be larger than its whole must not add to it.
fn take(part: u64, whole: u64) -> (u64, u64) {
    let part = part.min(whole);
    (part, whole - part)
}
