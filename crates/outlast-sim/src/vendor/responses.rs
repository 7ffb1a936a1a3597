//! OpenAI's Responses.

use bytes::Bytes;
use outlast_types::Error;
use outlast_wire::responses::ResponsesServer;
use serde::Serialize;

use super::codec::CountReader;
use super::{Endpoint, Format, Frames, json, openai, sse_frame};

/// The streams of Responses.
struct ResponsesFrames;

/// `{"type": "error", "code": "...", "message": "...", "param": null, "sequence_number": 0}`
#[derive(Serialize)]
struct ErrorEvent<'a> {
    r#type: &'static str,
    code: &'a str,
    message: &'a str,
    param: Option<&'static str>,
    sequence_number: u64,
}

/// Finds what is asked for by what follows the version; `None` if it is nothing of this format.
pub(super) fn endpoint(path: &str) -> Option<Endpoint> {
    match path {
        "/responses" => Some(Endpoint::Chat(Format::new(
            ResponsesServer::new(),
            &ResponsesFrames,
        ))),
        "/responses/input_tokens" => {
            let reader = CountReader::of_chats(ResponsesServer::new());
            Some(Endpoint::TokenCount(reader))
        }
        _ => None,
    }
}

impl Frames for ResponsesFrames {
    fn reply_id(&self, number: u64) -> Option<String> {
        Some(format!("resp_sim_{number}"))
    }

    fn tool_call_id(&self, number: u64, index: usize) -> String {
        openai::tool_call_id(number, index)
    }

    fn malformed_frame(&self) -> Bytes {
        sse_frame(
            Some("response.output_text.delta"),
            br#"{"type":"response.output_text.delta","output_index":"#,
        )
    }

    fn unknown_frame(&self) -> Bytes {
        sse_frame(
            Some("response.sim_unknown"),
            br#"{"type":"response.sim_unknown","sim_unknown":{"a":[1]}}"#,
        )
    }

    /// Writes the event that <https://platform.openai.com/docs/api-reference/responses-streaming/error> describes.
    fn error_frame(&self, error: &Error, _request_id: &str) -> Bytes {
        let (r#type, code) = openai::type_and_code(error.kind());
        let event = ErrorEvent {
            r#type: "error",
            code: code.unwrap_or(r#type),
            message: error.message().unwrap_or_default(),
            param: None,
            // Nobody counts the events before it.
            sequence_number: 0,
        };
        sse_frame(Some("error"), &json(&event))
    }
}
