//! What is wrong at which place of a JSON document.

use std::fmt;

use outlast_types::{Error, ErrorKind};

/// Says what is wrong with a field, and where it is: `messages[0].role: expected a string`.
///
/// As an [`Error`] it is an `InvalidRequest`; [`FieldError::into_error`] makes another kind of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Empty for the document itself.
    path: String,
    message: String,
}

impl FieldError {
    /// Says what is wrong with the value at hand; whoever knows where it is adds that with [`FieldError::within`].
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
        }
    }

    /// Puts the place inside the field `name`.
    pub fn within(mut self, name: &str) -> Self {
        self.prepend(name);
        self
    }

    /// Puts the place inside item `index` of an array.
    pub fn within_item(mut self, index: usize) -> Self {
        self.prepend(&format!("[{index}]"));
        self
    }

    /// Returns the place, such as `messages[0].role`; empty for the document itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Makes an [`Error`] of `kind`.
    pub fn into_error(self, kind: ErrorKind) -> Error {
        Error::new(kind).with_message(self.to_string())
    }

    /// Puts serde_json's error in words that do not quote the value.
    pub(super) fn from_json(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        if !error.is_data() {
            return Self::new(format!("not valid JSON: {text}"));
        }
        let text = text
            .rsplit_once(" at line ")
            .map_or(&*text, |(before, _)| before);
        Self::new(match text.rsplit_once(", expected ") {
            Some((_, expected)) => format!("expected {}", in_words(expected)),
            None => text.to_owned(),
        })
    }

    fn prepend(&mut self, place: &str) {
        let dot = match self.path.chars().next() {
            None | Some('[') => "",
            Some(_) => ".",
        };
        self.path.insert_str(0, dot);
        self.path.insert_str(0, place);
    }
}

/// Replaces Rust's names of types by JSON's.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of at least 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a sequence" => "an array",
        "a map" => "an object",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for FieldError {}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        error.into_error(ErrorKind::InvalidRequest)
    }
}
