//! One recorded exchange, as a line of a file holds it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outlast_types::Mode;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::address::Address;
use super::error_inside::tells_error;

/// One recorded exchange. Fields that a replay does not need are not read, and one that is missing or `null` is empty.
#[derive(Debug, Deserialize)]
pub(crate) struct Exchange {
    /// Its name in the file.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) id: String,
    /// Who answered.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) provider: String,
    /// What was asked for: `chat`, `messages`, `embeddings` and so on.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) operation: String,
    #[serde(default, deserialize_with = "or_default")]
    stream: bool,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    request: Request,
    response: Response,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Request {
    url: Option<String>,
    body: Option<Box<RawValue>>,
    body_base64: Option<String>,
    /// Only the reply was stored, and the address is a guess.
    #[serde(deserialize_with = "or_default")]
    unknown: bool,
    /// The body was cut short by the recorder.
    #[serde(deserialize_with = "or_default")]
    body_truncated: bool,
}

#[derive(Debug, Deserialize)]
struct Response {
    status: u16,
    #[serde(default, deserialize_with = "or_default")]
    headers: serde_json::Map<String, serde_json::Value>,
    body_text: Option<String>,
    body_base64: Option<String>,
}

/// Reads a field that may be `null`.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
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

    /// Returns where the request was sent to.
    pub(crate) fn address(&self) -> Address<'_> {
        Address::of(self.request.url.as_deref().unwrap_or_default())
    }

    /// Returns the request's JSON, or why there is none that could be compared.
    pub(crate) fn request(&self) -> Result<Bytes, &'static str> {
        if self.request.unknown {
            return Err("only the reply was recorded");
        }
        if self.request.body_truncated {
            return Err("the recorder cut the body short");
        }
        let Some(body) = &self.request.body else {
            let encoded = self.request.body_base64.as_deref();
            let bytes = encoded.map(|encoded| STANDARD.decode(encoded));
            return match bytes.ok_or("the request has no body")? {
                Ok(bytes) => Ok(Bytes::from(bytes)),
                Err(_) => Err("the request's body is not valid base64"),
            };
        };
        // Some recorders keep a body as the text it was sent as.
        let text = serde_json::from_str::<String>(body.get());
        Ok(Bytes::from(text.unwrap_or_else(|_| body.get().to_owned())))
    }

    /// Returns the status, or `None` if the number is none.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        StatusCode::from_u16(self.response.status).ok()
    }

    /// Tells whether the recording is of an error: by its status, inside a reply whose status is 200, or because the
    /// recorded stream has no end.
    pub(crate) fn is_error(&self) -> bool {
        let text = self.response.body_text.as_deref().unwrap_or_default();
        !(200..300).contains(&self.response.status)
            || self.tags.iter().any(|tag| tag == "sse_error")
            || tells_error(text)
            || self.is_cut_short()
    }

    /// Tells whether a recorded stream of Gemini's says nowhere why it ended. Google's own samples have such.
    fn is_cut_short(&self) -> bool {
        let body = self.response.body_text.as_deref().unwrap_or_default();
        let ends = ["finishReason", "blockReason"];
        self.operation == "generate" && self.stream && !ends.iter().any(|end| body.contains(end))
    }

    /// Tells whether the reply is a document with one of these fields.
    pub(crate) fn reply_has(&self, names: &[&str]) -> bool {
        let text = self.response.body_text.as_deref().unwrap_or_default();
        let fields: Option<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_str(text).ok();
        fields.is_some_and(|fields| names.iter().any(|name| fields.contains_key(*name)))
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
