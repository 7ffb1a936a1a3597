//! Why a request is not answered as it wants, in the caller's own protocol.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use outlast_types::{Error, ErrorKind};
use outlast_wire::ServerCodec;

use super::Call;
use crate::body::ReplyBody;
use crate::headers;

/// The paths, as an error names them.
const KNOWN: &str = "POST /v1/chat/completions, /v1/responses and /v1/embeddings (an OpenAI client's base URL ends in /v1), \
POST /v1/messages and /v1/messages/count_tokens, POST /v1beta/models/{model}:generateContent, :streamGenerateContent and \
:countTokens, POST /model/{model}/converse and /converse-stream (the base URL of these clients is the address alone), \
GET /v1/models, GET /v1beta/models and GET /healthz";

/// Why a request is not answered as it wants: an error, and the header that HTTP wants beside some.
pub(crate) struct Refusal {
    error: Error,
    header: Option<(HeaderName, HeaderValue)>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            error,
            header: None,
        }
    }
}

impl Refusal {
    /// Refuses with a status that is not that of the error's kind.
    pub(super) fn new(status: StatusCode, code: &str, message: impl AsRef<str>) -> Self {
        Error::new(ErrorKind::InvalidRequest)
            .with_status(status)
            .with_code(code)
            .with_message(message)
            .into()
    }

    fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    pub(super) fn no_such_path() -> Self {
        let message = format!("there is nothing at this path; there is {KNOWN}");
        Self::new(StatusCode::NOT_FOUND, "unknown_url", message)
    }

    pub(super) fn wrong_method(allowed: &'static str) -> Self {
        let message = format!("this path takes {allowed} only");
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_supported",
            message,
        )
        .with_header(header::ALLOW, allowed)
    }

    /// The same for a missing, a malformed and a wrong key: it tells nothing about the keys there are.
    pub(super) fn wrong_key() -> Self {
        let message = "the gateway does not know this key; send one of its own keys";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message)
            .with_header(header::WWW_AUTHENTICATE, "Bearer")
    }

    /// Writes the refusal of `call` in the caller's protocol.
    pub(super) fn encode(self, codec: &impl ServerCodec, call: Call<'_>) -> Response<ReplyBody> {
        let Self { error, header } = self;
        // What to do about the account is for whoever runs it: it goes to the log.
        let told = error.clone().without_advice();
        let mut response = codec.encode_error(&told).map(ReplyBody::whole);
        response.headers_mut().extend(header);
        headers::put_ledger(response.headers_mut(), error.target(), error.ledger());
        if response.status().is_server_error() {
            let id = call.id;
            tracing::warn!(request_id = %id, %error, ledger = ?error.ledger(), "call failed");
        }
        response
    }
}
