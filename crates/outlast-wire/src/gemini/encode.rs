//! A request's path and body.

use bytes::BytesMut;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Uri};
use outlast_types::{ChatRequest, Error, Role};

use super::path;
use crate::json::write_object;
use crate::notes::unsupported;
use crate::{EncodeOptions, Encoded};

/// Writes `request`.
pub(super) fn encode(request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
    let only_text = request.messages.iter().all(|message| {
        let parts = message.content.parts();
        parts.iter().all(|part| part.as_text().is_some())
    });
    if !only_text || !request.tools.is_empty() {
        return Err(unsupported("only text can be sent in Gemini's format"));
    }
    let mut body = BytesMut::with_capacity(1024);
    write_object(&mut body, |object| {
        object.array("contents", |contents| {
            for message in &request.messages {
                contents.object(|content| {
                    let role = if message.role == Role::Assistant {
                        "model"
                    } else {
                        "user"
                    };
                    content.field("role", role);
                    content.array("parts", |parts| {
                        parts.object(|part| {
                            part.field("text", &message.text());
                        });
                    });
                });
            }
        });
    });
    let mut http = http::Request::new(body.freeze());
    *http.method_mut() = Method::POST;
    *http.uri_mut() = Uri::from(path::generate(options.model, options.mode)?);
    http.headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(Encoded {
        request: http,
        adaptations: Vec::new(),
    })
}
