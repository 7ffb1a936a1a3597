//! How much a model reads and writes.

use serde::{Deserialize, Serialize};

/// What a model holds, in tokens.
///
/// Three numbers, because none follows from the others: a window of 400 000 tokens can be 272 000 of input beside
/// 128 000 of output, or be shared by both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Limits {
    /// Input and output together.
    pub context_window: u64,
    /// The longest input.
    pub max_input: u64,
    /// The longest output, reasoning included, where it is known.
    pub max_output: Option<u64>,
    /// Whether the output takes its room from the input.
    pub window: Window,
}

/// How input and output share the context window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Window {
    /// Both together must fit into the window.
    Shared,
    /// Each has its own limit.
    Separate,
}

impl Limits {
    /// Returns the longest input that leaves room for `output` tokens of answer; 0 if the answer alone is too long.
    ///
    /// # Examples
    ///
    /// ```
    /// use outlast_catalog::Catalog;
    ///
    /// let room = |model, output| Catalog::builtin().get(model).unwrap().limits().input_room(output);
    /// assert_eq!(room("claude-sonnet-4-5", 64_000), 136_000);
    /// assert_eq!(room("gpt-5", 64_000), 272_000);
    /// assert_eq!(room("gpt-5", 128_001), 0);
    /// ```
    pub const fn input_room(&self, output: u64) -> u64 {
        if let Some(most) = self.max_output
            && output > most
        {
            return 0;
        }
        let left = match self.window {
            Window::Shared => self.context_window.saturating_sub(output),
            Window::Separate => self.max_input,
        };
        if left < self.max_input {
            left
        } else {
            self.max_input
        }
    }

    /// Tells whether `input` tokens fit together with an answer of `output` tokens.
    pub const fn fits(&self, input: u64, output: u64) -> bool {
        let too_long = matches!(self.max_output, Some(most) if output > most);
        !too_long && input <= self.input_room(output)
    }
}
