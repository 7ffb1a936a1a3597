//! One recorded exchange, as a line of a file holds it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outlast_types::Mode;
use serde::Deserialize;

/// One recorded exchange. Fields that a replay does not need are not read.
#[derive(Debug, Deserialize)]
pub(crate) struct Exchange {
    /// Its name in the file.
    pub(crate) id: String,
    /// Who answered.
    pub(crate) provider: String,
    /// What was asked for: `chat`, `messages`, `embeddings` and so on.
    pub(crate) operation: String,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    tags: Vec<String>,
    response: Response,
}

#[derive(Debug, Deserialize)]
struct Response {
    status: u16,
    #[serde(default)]
    headers: serde_json::Map<String, serde_json::Value>,
    body_text: Option<String>,
    body_base64: Option<String>,
}

impl Exchange {
    /// Returns whether a stream was asked for.
    pub(crate) fn mode(&self) -> Mode {
        if self.stream {
            Mode::Stream
        } else {
            Mode::Unary
        }
    }

    /// Returns the status, or `None` if the number is none.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        StatusCode::from_u16(self.response.status).ok()
    }

    /// Tells whether the recording is of an error: by its status, or inside a reply whose status is 200.
    pub(crate) fn is_error(&self) -> bool {
        !(200..300).contains(&self.response.status)
            || self.tags.iter().any(|tag| tag == "sse_error")
    }

    /// Returns the headers that are headers; a recorder's placeholder may be none.
    pub(crate) fn headers(&self) -> HeaderMap {
        self.response
            .headers
            .iter()
            .filter_map(|(name, value)| {
                let name: HeaderName = name.parse().ok()?;
                let value = HeaderValue::from_str(value.as_str()?).ok()?;
                Some((name, value))
            })
            .collect()
    }

    /// Returns the body's bytes, or `None` if they are not what the file says.
    pub(crate) fn body(&self) -> Option<Bytes> {
        match (&self.response.body_text, &self.response.body_base64) {
            (Some(text), _) => Some(Bytes::from(text.clone())),
            (None, Some(encoded)) => STANDARD.decode(encoded).ok().map(Bytes::from),
            (None, None) => Some(Bytes::new()),
        }
    }
}
