//! Where Claude is asked, and what that changes in a request.

use http::Uri;
use outlast_types::{Error, ErrorKind, Mode};

use crate::path::escape_steps;

/// Who serves the models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Platform {
    /// Anthropic, or whoever speaks its format as it does.
    #[default]
    Anthropic,
    /// Google's Vertex AI.
    ///
    /// The model stands in the path and not in the body, and the version of the format in the body and not in a header.
    /// Betas are named in the header `anthropic-beta` as everywhere. The account's base URL is
    /// `https://{host}/v1/projects/{project}/locations/{location}/publishers/anthropic`.
    ///
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai>.
    Vertex,
}

/// What a request is sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Answer(Mode),
    /// Only its tokens are counted. Fields that say how to answer are refused there.
    Count,
}

/// Fields that are not known where tokens are counted.
///
/// Source: "Count tokens in a Message" in the reference of the API.
const ANSWER_ONLY: [&str; 9] = [
    "inference_geo",
    "max_tokens",
    "metadata",
    "service_tier",
    "stop_sequences",
    "stream",
    "temperature",
    "top_k",
    "top_p",
];

impl Purpose {
    /// Tells whether a field of the body belongs into a request for this.
    pub(super) fn takes(self, field: &str) -> bool {
        self.is_answer() || !ANSWER_ONLY.contains(&field)
    }

    pub(super) fn is_answer(self) -> bool {
        matches!(self, Self::Answer(_))
    }
}

impl Platform {
    /// Returns the path below the account's base URL.
    pub(super) fn path(self, model: &str, purpose: Purpose) -> Result<Uri, Error> {
        let method = match (self, purpose) {
            (Self::Anthropic, Purpose::Answer(_)) => return Ok(Uri::from_static("/messages")),
            (Self::Anthropic, Purpose::Count) => {
                return Ok(Uri::from_static("/messages/count_tokens"));
            }
            (Self::Vertex, Purpose::Count) => {
                return Ok(Uri::from_static("/models/count-tokens:rawPredict"));
            }
            (Self::Vertex, Purpose::Answer(Mode::Unary)) => "rawPredict",
            (Self::Vertex, Purpose::Answer(Mode::Stream)) => "streamRawPredict",
        };
        let name = self.model(model);
        if name.is_empty() || name.contains('/') {
            return Err(no_name());
        }
        let mut path = "/models/".to_owned();
        escape_steps(name, &mut path);
        path.push(':');
        path.push_str(method);
        path.parse().map_err(|_| no_name())
    }

    /// Returns the model as the body or the path names it.
    pub(super) fn model(self, name: &str) -> &str {
        let prefixes: &[&str] = match self {
            Self::Anthropic => &[],
            Self::Vertex => &["publishers/anthropic/models/", "anthropic/"],
        };
        prefixes
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name)
    }

    /// Tells whether the body names the model.
    pub(super) fn has_model_in_body(self, purpose: Purpose) -> bool {
        self == Self::Anthropic || purpose == Purpose::Count
    }

    /// Returns the version of the format, where the body names it.
    pub(super) fn version_in_body(self) -> Option<&'static str> {
        (self == Self::Vertex).then_some("vertex-2023-10-16")
    }
}

fn no_name() -> Error {
    Error::new(ErrorKind::InvalidRequest)
        .with_message("the model's name is not one: it must be like `claude-sonnet-4-5@20250929`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_model_s_name_becomes_its_path_at_vertex() {
        let path = |model, mode| {
            let path = Platform::Vertex.path(model, Purpose::Answer(mode));
            path.map(|path| path.to_string())
        };
        let dated = "/models/claude-sonnet-4-5@20250929:streamRawPredict";
        for name in [
            "claude-sonnet-4-5@20250929",
            "anthropic/claude-sonnet-4-5@20250929",
            "publishers/anthropic/models/claude-sonnet-4-5@20250929",
        ] {
            assert_eq!(path(name, Mode::Stream).unwrap(), dated);
        }
        let odd = path("a?b#c%d:e", Mode::Unary).unwrap();
        assert_eq!(odd, "/models/a%3Fb%23c%25d%3Ae:rawPredict");
        for name in ["", "a/b", "../../x", "anthropic/"] {
            let error = path(name, Mode::Unary).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name}");
        }
    }
}
