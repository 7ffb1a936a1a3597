//! The text a simulated provider answers with.

use fastrand::Rng;
use sha2::{Digest, Sha256};

/// How many words an answer has where nothing else is said.
pub const DEFAULT_WORDS: usize = 60;

/// The most characters of a token; longer words are split.
const MAX_TOKEN_CHARS: usize = 16;

/// What the texts are made of: plain words, and some whose characters take two, three and four bytes.
const WORDS: [&str; 48] = [
    "signal",
    "harbour",
    "quiet",
    "ledger",
    "morning",
    "bridge",
    "carries",
    "water",
    "slowly",
    "under",
    "every",
    "lantern",
    "keeps",
    "watch",
    "while",
    "engines",
    "sleep",
    "between",
    "storms",
    "café",
    "naïve",
    "Größe",
    "über",
    "jalapeño",
    "東京",
    "привет",
    "🌊",
    "👍🏽",
    "and",
    "then",
    "the",
    "second",
    "route",
    "opens",
    "before",
    "anyone",
    "notices",
    "that",
    "first",
    "one",
    "closed",
    "so",
    "letters",
    "still",
    "arrive",
    "whole",
    "in",
    "order",
];

/// Returns the answer to `user_message`, of `words` words: the same on every simulated provider and on every run.
///
/// It is what a whole and undisturbed reply says, to the character; a demo or a test compares with it.
///
/// # Examples
///
/// ```
/// use outlast_sim::reference_text;
///
/// let text = reference_text("Why keep a second provider?", 40);
/// assert_eq!(text, reference_text("Why keep a second provider?", 40));
/// assert_ne!(text, reference_text("Why not?", 40));
/// assert_eq!(text.split_whitespace().count(), 40);
/// assert!(text.len() > text.chars().count(), "some characters take several bytes");
/// ```
pub fn reference_text(user_message: &str, words: usize) -> String {
    let mut rng = Rng::with_seed(seed(user_message));
    let mut text = String::with_capacity(words.saturating_mul(8));
    let (mut left_in_sentence, mut sentences) = (0, 0);
    for number in 0..words {
        let word = rng.choice(WORDS).unwrap_or_default();
        if left_in_sentence == 0 {
            text.push_str(separator(sentences));
            push_capitalised(&mut text, word);
            left_in_sentence = rng.usize(5..11);
            sentences += 1;
        } else {
            text.push(' ');
            text.push_str(word);
        }
        left_in_sentence -= 1;
        if left_in_sentence == 0 || number + 1 == words {
            text.push('.');
        }
    }
    text
}

/// Splits `text` into tokens: a word with the white space before it, long words in pieces.
///
/// The tokens put together are the text again.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::with_capacity(text.len() / 6 + 1);
    let (mut start, mut chars, mut in_word) = (0, 0, false);
    for (at, c) in text.char_indices() {
        if at > start && ((c.is_whitespace() && in_word) || chars == MAX_TOKEN_CHARS) {
            tokens.push(text.get(start..at).unwrap_or_default());
            (start, chars, in_word) = (at, 0, false);
        }
        chars += 1;
        in_word |= !c.is_whitespace();
    }
    if start < text.len() {
        tokens.push(text.get(start..).unwrap_or_default());
    }
    tokens
}

fn seed(message: &str) -> u64 {
    let digest = Sha256::digest(message.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}

fn separator(sentences: usize) -> &'static str {
    match sentences {
        0 => "",
        n if n % 3 == 0 => "\n\n",
        _ => " ",
    }
}

fn push_capitalised(text: &mut String, word: &str) {
    let mut chars = word.chars();
    text.extend(chars.next().into_iter().flat_map(char::to_uppercase));
    text.push_str(chars.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_put_together_are_the_text_again() {
        let long = "x".repeat(50);
        let texts = [
            "",
            " ",
            "one",
            " one  two\n\nthree ",
            "東京 🌊 naïve",
            r#"{"a":"b","c":[1,2,3,4,5,6,7,8,9]}"#,
            &long,
            &reference_text("any", 200),
        ];
        for text in texts {
            assert_eq!(tokens(text).concat(), text);
            assert!(tokens(text).iter().all(|token| !token.is_empty()));
        }
    }

    #[test]
    fn a_token_is_a_word_with_the_space_before_it() {
        assert_eq!(
            tokens("Why keep it?\n\nYes"),
            ["Why", " keep", " it?", "\n\nYes"]
        );
        assert_eq!(tokens(&reference_text("any", 33)).len(), 33);
    }

    #[test]
    fn a_text_may_have_no_word_at_all() {
        assert_eq!(reference_text("any", 0), "");
    }
}
