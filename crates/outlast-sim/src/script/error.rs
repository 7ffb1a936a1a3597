//! What is said about a mistake in a script.

use std::fmt;

/// Says what is wrong with a script, at which line, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    line: Option<usize>,
    message: String,
}

impl ScriptError {
    pub(super) fn from_toml(error: &toml::de::Error, toml: &str) -> Self {
        let message = error.message().trim_end();
        let message = did_you_mean(message).unwrap_or_else(|| in_plain_words(message));
        match error.span() {
            Some(span) => Self::at(span.start, message, toml),
            None => Self {
                line: None,
                message,
            },
        }
    }

    /// Places `message` at a byte of the script.
    pub(super) fn at(start: usize, message: String, toml: &str) -> Self {
        let before = toml.get(..start);
        Self {
            line: before.map(|before| before.matches('\n').count() + 1),
            message,
        }
    }

    /// Returns the number of the line, from 1.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// Returns what is wrong there.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "script, line {line}: {}", self.message),
            None => write!(f, "script: {}", self.message),
        }
    }
}

impl std::error::Error for ScriptError {}

/// Writes a message of serde's on one line and without the names of Rust's types.
fn in_plain_words(message: &str) -> String {
    const WORDS: [(&str, &str); 5] = [
        ("expected a nonzero u64", "expected a whole number above 0"),
        ("expected u64", "expected a whole number"),
        ("expected u16", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("expected f64", "expected a number"),
    ];
    let one_line = message.replace('\n', ": ");
    WORDS
        .iter()
        .fold(one_line, |text, (from, to)| text.replace(from, to))
}

/// Shortens serde's list of all fields to the one that was meant, if one is near.
fn did_you_mean(message: &str) -> Option<String> {
    let mut names = message
        .strip_prefix("unknown field `")?
        .split('`')
        .step_by(2);
    let wrong = names.next()?;
    let nearest = names.min_by_key(|name| distance(wrong, name))?;
    (distance(wrong, nearest) <= 2)
        .then(|| format!("unknown field `{wrong}`: did you mean `{nearest}`?"))
}

/// Counts the letters to put in, take out or change to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (number, a) in from.chars().enumerate() {
        let mut diagonal = number;
        let mut left = number + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(to.chars()) {
            let changed = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = changed.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = number + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_words_counts_letters() {
        let check = |from, to, expect| assert_eq!(distance(from, to), expect, "{from} {to}");
        check("status", "status", 0);
        check("staus", "status", 1);
        check("", "cut", 3);
        check("cut", "", 3);
        check("kitten", "sitting", 3);
        check("flaw", "lawn", 2);
    }
}
