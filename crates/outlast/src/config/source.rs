//! Where in the file something stands, and what was found wrong there.

use std::ops::Range;

use super::{ConfigError, Problem};

/// Where something stands in the text, in bytes.
pub(super) type Span = Range<usize>;

/// The text of a configuration, and what has been found wrong with it so far.
///
/// Reading goes on after a problem, so that all of them are reported at once.
pub(super) struct Report<'a> {
    file: &'a str,
    text: &'a str,
    /// By where they stand; what is about the whole file stands last.
    problems: Vec<(usize, String)>,
}

/// Where a problem of the whole file stands.
const WHOLE_FILE: usize = usize::MAX;

impl<'a> Report<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            problems: Vec::new(),
        }
    }

    /// Notes that something is wrong at `span`. The message says how to mend it.
    pub(super) fn add(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push((span.start, message.into()));
    }

    /// Notes that something is wrong with the file as a whole.
    pub(super) fn add_to_file(&mut self, message: impl Into<String>) {
        self.problems.push((WHOLE_FILE, message.into()));
    }

    /// Returns `value`, or everything that was found wrong, in the order of the file.
    pub(super) fn finish<T>(mut self, value: Option<T>) -> Result<T, ConfigError> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => {
                self.problems.sort();
                let problems = self.problems.iter();
                Err(ConfigError::new(
                    problems
                        .map(|(offset, message)| match *offset {
                            WHOLE_FILE => Problem::of_file(self.file, message),
                            offset => locate(self.file, self.text, offset, message),
                        })
                        .collect(),
                ))
            }
        }
    }
}

/// Says at which line and column of `file` a message belongs.
pub(super) fn locate(file: &str, text: &str, offset: usize, message: &str) -> Problem {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let in_line = before.get(line_start..).unwrap_or_default();
    Problem {
        file: file.to_owned(),
        line: Some(before.matches('\n').count() + 1),
        column: Some(in_line.chars().count() + 1),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_characters_from_one() {
        let text = "a = 1\nä = \"ö\" # x";
        let offset = text.find('#').unwrap();
        let problem = locate("f.toml", text, offset, "m");
        assert_eq!((problem.line, problem.column), (Some(2), Some(9)));
        let first = locate("f.toml", text, 0, "m");
        assert_eq!((first.line, first.column), (Some(1), Some(1)));
    }
}
