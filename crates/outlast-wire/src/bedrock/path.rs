//! The path of a request: it names the model and says what is asked of it.

use std::fmt;

use outlast_types::Mode;

/// What a path asks of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// An answer in the service's own format, whole.
    Converse,
    /// An answer in the service's own format, as a stream.
    ConverseStream,
    /// How many tokens a request has.
    CountTokens,
    /// An answer in the format of the model's vendor, whole.
    Invoke,
    /// An answer in the format of the model's vendor, as a stream.
    InvokeStream,
}

impl Operation {
    const ALL: [Self; 5] = [
        Self::Converse,
        Self::ConverseStream,
        Self::CountTokens,
        Self::Invoke,
        Self::InvokeStream,
    ];

    /// Returns the operation that answers in the service's own format.
    pub const fn converse(mode: Mode) -> Self {
        match mode {
            Mode::Unary => Self::Converse,
            Mode::Stream => Self::ConverseStream,
        }
    }

    /// Returns the last part of its path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Converse => "converse",
            Self::ConverseStream => "converse-stream",
            Self::CountTokens => "count-tokens",
            Self::Invoke => "invoke",
            Self::InvokeStream => "invoke-with-response-stream",
        }
    }
}

/// A path: `/model/{modelId}/converse`.
///
/// The model is an id, or the ARN of a profile, a prompt or a deployment. Whatever is not a letter, a digit or one of
/// `-._~` is written as a percent code, colons and slashes included, as Amazon's own clients do.
///
/// # Examples
///
/// ```
/// use outlast_wire::bedrock::{ModelPath, Operation};
///
/// let path = ModelPath::new("arn:aws:bedrock:eu-west-1:1:inference-profile/a.b-v1:0", Operation::Converse);
/// let text = "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Fa.b-v1%3A0/converse";
/// assert_eq!(path.to_string(), text);
/// assert_eq!(ModelPath::parse(text), Some(path));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPath {
    model: String,
    operation: Operation,
}

impl ModelPath {
    /// Makes the path for `model`.
    pub fn new(model: impl Into<String>, operation: Operation) -> Self {
        Self {
            model: model.into(),
            operation,
        }
    }

    /// Reads a path, with or without a query. Returns `None` for one that is none of a model.
    ///
    /// A model whose colons or slashes are no percent codes is understood too: some clients write it so.
    pub fn parse(path: &str) -> Option<Self> {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let (model, operation) = path.strip_prefix("/model/")?.rsplit_once('/')?;
        let operation = Operation::ALL
            .into_iter()
            .find(|known| known.as_str() == operation)?;
        let model = percent_decoded(model)?;
        (!model.is_empty()).then_some(Self { model, operation })
    }

    /// Returns the model's id or ARN.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Returns what is asked of the model.
    pub fn operation(&self) -> Operation {
        self.operation
    }
}

impl fmt::Display for ModelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("/model/")?;
        for byte in self.model.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        write!(f, "/{}", self.operation.as_str())
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let (digits, after) = after.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_names_no_model_or_no_known_operation_is_none() {
        for path in [
            "/",
            "/model",
            "/model//converse",
            "/model/a/conversed",
            "/model/%/converse",
            "/model/%zz/converse",
            "/model/%ff/converse",
            "/models/a/converse",
        ] {
            assert_eq!(ModelPath::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_is_read_as_clients_write_it() {
        let check = |path, model, operation| {
            let read = ModelPath::parse(path).unwrap();
            assert_eq!(
                (read.model(), read.operation()),
                (model, operation),
                "{path}"
            );
        };
        check("/model/a.b-v1:0/converse", "a.b-v1:0", Operation::Converse);
        check(
            "/model/a.b-v1%3A0/count-tokens",
            "a.b-v1:0",
            Operation::CountTokens,
        );
        check(
            "/model/arn:x/y/converse-stream?z=1",
            "arn:x/y",
            Operation::ConverseStream,
        );
        check("/model/%D0%B6/invoke", "ж", Operation::Invoke);
    }
}
