//! Replies in the format before (`POST /v1/chat`): one text, and a stream of lines of JSON instead of SSE.
//!
//! Requests in it are not written: Cohere's models all speak the newer one. Its replies still come, from Bedrock too.

use bytes::Bytes;
use outlast_types::{
    Delta, Error, ErrorKind, Opaque, RawJson, ReplyStart, StreamEvent, ToolCallDelta,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{PROTOCOL, decode, error, usage};
use crate::error::malformed;
use crate::{Events, FrameDecoder};

/// Understands the lines of a stream and the body of a unary reply of the older format.
#[derive(Debug, Default)]
pub struct OlderFrames {
    begun: bool,
    calls: u32,
    done: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    event_type: Option<&'a str>,
    generation_id: Option<String>,
    text: Option<String>,
    #[serde(borrow)]
    tool_calls: Option<Vec<Call<'a>>>,
    finish_reason: Option<String>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    /// Of an error.
    message: Option<String>,
    #[serde(borrow)]
    meta: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Call<'a> {
    name: String,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
}

impl FrameDecoder for OlderFrames {
    fn frame(&mut self, _: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        let line = read(data)?;
        match line.event_type {
            Some("stream-start") => self.begin(line.generation_id, out),
            Some("text-generation") => text(line.text, out),
            Some("tool-calls-generation") => self.calls(line.tool_calls, out),
            Some("stream-end") => {
                self.done = true;
                let whole = line.response.map(|raw| read(raw.get())).transpose()?;
                let whole = whole.unwrap_or_default();
                if self.calls == 0 {
                    self.calls(whole.tool_calls, out);
                }
                out.extend(whole.meta.and_then(usage::read_event));
                return decode::end(line.finish_reason.as_deref(), None, out);
            }
            Some(_) => {
                let raw = RawJson::parse(data).map_err(|_| unreadable())?;
                let origin = PROTOCOL;
                out.push_back(StreamEvent::Opaque(Box::new(Opaque { origin, raw })));
            }
            None => {
                self.done = line.message.is_some();
                return Err(failure(data.as_bytes(), ErrorKind::StreamBroken));
            }
        }
        Ok(())
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let reply: Line<'_> = serde_json::from_slice(body).map_err(|_| unreadable())?;
        if reply.text.is_none() && reply.tool_calls.is_none() {
            return Err(failure(body, ErrorKind::Server));
        }
        self.begin(reply.generation_id, out);
        text(reply.text, out);
        self.calls(reply.tool_calls, out);
        out.extend(reply.meta.and_then(usage::read_event));
        self.done = true;
        decode::end(reply.finish_reason.as_deref(), None, out)
    }

    fn end(&mut self, _: &mut Events) -> Result<(), Error> {
        Err(Error::new(ErrorKind::StreamBroken)
            .with_message("the stream ended before the answer did"))
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

impl OlderFrames {
    fn begin(&mut self, id: Option<String>, out: &mut Events) {
        if !std::mem::replace(&mut self.begun, true) {
            let mut start = ReplyStart::new(PROTOCOL);
            start.id = id;
            out.push_back(StreamEvent::Start(Box::new(start)));
        }
    }

    fn calls(&mut self, calls: Option<Vec<Call<'_>>>, out: &mut Events) {
        for call in calls.into_iter().flatten() {
            // The format has no ids.
            out.push_back(StreamEvent::ToolCall(ToolCallDelta {
                choice: 0,
                index: self.calls,
                id: Some(String::new()),
                name: Some(call.name),
                arguments: call.parameters.map_or("{}", RawValue::get).to_owned(),
            }));
            self.calls = self.calls.saturating_add(1);
        }
    }
}

fn text(text: Option<String>, out: &mut Events) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        out.push_back(StreamEvent::Text(Delta { choice: 0, text }));
    }
}

fn failure(document: &[u8], otherwise: ErrorKind) -> Error {
    error::in_reply(document, otherwise).unwrap_or_else(unreadable)
}

fn read(data: &str) -> Result<Line<'_>, Error> {
    serde_json::from_str(data).map_err(|_| unreadable())
}

fn unreadable() -> Error {
    malformed("a line of the reply that is not readable")
}
