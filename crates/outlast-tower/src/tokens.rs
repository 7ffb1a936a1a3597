//! How many tokens a call is taken to have before anybody has counted them.

use outlast_types::ChatBody;

/// How many bytes of text are taken for a token of input.
const BYTES_PER_TOKEN: u64 = 4;

/// How many bytes of text a token may stand for at most, on average over a text: 3 to 5 are usual, in any language. A
/// text is taken to be too long only if it would be with tokens as long as this.
const MOST_BYTES_PER_TOKEN: u64 = 8;

/// How many tokens an answer is taken to have that nobody limits.
pub(crate) const USUAL_OUTPUT: u64 = 500;

/// Guesses the tokens of the input.
pub(crate) fn input(chat: &ChatBody) -> u64 {
    chat.input_bytes().div_ceil(BYTES_PER_TOKEN)
}

/// Returns how many tokens the input has at the very least.
pub(crate) fn least_input(chat: &ChatBody) -> u64 {
    chat.input_bytes() / MOST_BYTES_PER_TOKEN
}

/// Guesses the tokens of the answer: as many as it may have.
pub(crate) fn output(chat: &ChatBody) -> u64 {
    chat.max_output_tokens.unwrap_or(USUAL_OUTPUT)
}
