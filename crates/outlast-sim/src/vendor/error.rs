//! Errors in each API's own words.
//!
//! The gateway's codecs say in an error what the gateway knows; a provider says what a provider knows. So these bodies
//! are written here, after recorded ones.

use bytes::Bytes;
use outlast_types::{Error, ErrorKind};
use serde::Serialize;

use crate::Api;

/// `{"error": {"message": "...", "type": "...", "param": null, "code": null}}`
#[derive(Serialize)]
struct OpenAiError<'a> {
    error: OpenAiFields<'a>,
}

#[derive(Serialize)]
struct OpenAiFields<'a> {
    message: &'a str,
    r#type: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
}

/// `{"type": "error", "error": {"type": "...", "message": "..."}, "request_id": "..."}`
#[derive(Serialize)]
struct AnthropicError<'a> {
    r#type: &'static str,
    error: AnthropicFields<'a>,
    request_id: &'a str,
}

#[derive(Serialize)]
struct AnthropicFields<'a> {
    r#type: &'static str,
    message: &'a str,
}

impl Api {
    /// Writes the body of an error reply to the call `request_id`.
    pub(crate) fn error_body(self, error: &Error, request_id: &str) -> Bytes {
        let message = error.message().unwrap_or_default();
        match self {
            Self::OpenAi => {
                let (r#type, code) = openai_type_and_code(error.kind());
                json(&OpenAiError {
                    error: OpenAiFields {
                        message,
                        r#type,
                        param: None,
                        code,
                    },
                })
            }
            Self::Anthropic => json(&AnthropicError {
                r#type: "error",
                error: AnthropicFields {
                    r#type: anthropic_type(error.kind()),
                    message,
                },
                request_id,
            }),
        }
    }

    /// Writes the frame of a stream that ends in an error.
    pub(crate) fn error_frame(self, error: &Error, request_id: &str) -> Bytes {
        let name: &[u8] = match self {
            Self::OpenAi => b"",
            Self::Anthropic => b"event: error\n",
        };
        let body = self.error_body(error, request_id);
        [name, b"data: ", &body, b"\n\n"].concat().into()
    }
}

fn openai_type_and_code(kind: ErrorKind) -> (&'static str, Option<&'static str>) {
    match kind {
        ErrorKind::Unauthenticated => ("invalid_request_error", Some("invalid_api_key")),
        ErrorKind::ModelNotFound => ("invalid_request_error", Some("model_not_found")),
        ErrorKind::QuotaExhausted => ("insufficient_quota", Some("insufficient_quota")),
        ErrorKind::RateLimited => ("requests", Some("rate_limit_exceeded")),
        ErrorKind::Overloaded => ("service_unavailable_error", Some("server_is_overloaded")),
        ErrorKind::Server => ("server_error", None),
        _ => ("invalid_request_error", None),
    }
}

/// Names the kind as <https://docs.claude.com/en/api/errors> does.
fn anthropic_type(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthenticated => "authentication_error",
        ErrorKind::QuotaExhausted => "billing_error",
        ErrorKind::PermissionDenied => "permission_error",
        ErrorKind::ModelNotFound => "not_found_error",
        ErrorKind::RequestTooLarge => "request_too_large",
        ErrorKind::RateLimited => "rate_limit_error",
        ErrorKind::Overloaded => "overloaded_error",
        ErrorKind::Server => "api_error",
        _ => "invalid_request_error",
    }
}

fn json(value: &impl Serialize) -> Bytes {
    // Plain structs of strings always have a text.
    serde_json::to_vec(value).unwrap_or_default().into()
}
