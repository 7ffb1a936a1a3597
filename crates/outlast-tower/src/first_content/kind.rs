use outlast_types::{Call, Mode};

use crate::tokens;

/// The upper bounds of the classes of lengths but the last, in tokens.
const LENGTHS: [u64; 3] = [2_000, 8_000, 32_000];

/// What a call has in common with others that take about as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallKind {
    mode: Mode,
    reasons: bool,
    input_tokens: u64,
}

impl CallKind {
    /// How many kinds are remembered apart.
    pub(super) const COUNT: usize = 2 * 2 * (LENGTHS.len() + 1);

    /// Tells of which kind `request` is.
    pub fn of<R: Call>(request: &R) -> Self {
        let chat = request.chat();
        let reasoning = chat.and_then(|chat| chat.reasoning.as_ref());
        Self {
            mode: R::MODE,
            reasons: reasoning.is_some_and(|reasoning| reasoning.enabled != Some(false)),
            input_tokens: chat.map_or(0, |chat| tokens::input(chat)),
        }
    }

    /// Returns how the reply comes.
    pub fn mode(self) -> Mode {
        self.mode
    }

    /// Tells whether reasoning was asked for.
    pub fn reasons(self) -> bool {
        self.reasons
    }

    /// Returns about how many tokens the input has.
    pub fn input_tokens(self) -> u64 {
        self.input_tokens
    }

    /// Returns its number, below [`CallKind::COUNT`].
    pub(super) fn number(self) -> usize {
        let length = LENGTHS
            .iter()
            .filter(|most| self.input_tokens > **most)
            .count();
        let stream = usize::from(self.mode == Mode::Stream);
        (length * 2 + stream) * 2 + usize::from(self.reasons)
    }
}
