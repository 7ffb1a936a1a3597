//! Reads replies: the lines of a stream, or the one line of a whole reply, which has the same form.

use bytes::Bytes;
use outlast_types::{
    Delta, Error, ErrorKind, Extra, Finish, FinishReason, Opaque, RawJson, ReasoningDelta,
    ReplyStart, StreamEvent, ToolCallDelta, Usage,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::error::malformed;
use crate::json::Object;
use crate::openai::error;
use crate::{Events, FrameDecoder};

/// Fields that are read; of the last line all others are kept.
const READ: [&str; 5] = ["created_at", "done", "done_reason", "message", "model"];

/// Understands the lines of a stream and the body of a unary reply.
#[derive(Debug, Default)]
pub struct OllamaFrames {
    begun: bool,
    calls: u32,
    done: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    model: Option<String>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
    done: Option<bool>,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message<'a> {
    content: Option<String>,
    thinking: Option<String>,
    #[serde(borrow)]
    tool_calls: Option<Vec<Call<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Call<'a> {
    id: Option<String>,
    #[serde(borrow)]
    function: Option<Function<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Function<'a> {
    name: String,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

impl FrameDecoder for OllamaFrames {
    fn frame(&mut self, _: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        let line: Line<'_> =
            serde_json::from_str(data).map_err(|_| malformed("a line that is not readable"))?;
        if let Some(raw) = line.error.filter(|raw| error::is_error(raw)) {
            self.done = true;
            return Err(error::in_stream_value(raw, data));
        }
        if line.message.is_none() && line.done.is_none() {
            return Err(malformed("a line without a message"));
        }
        if !std::mem::replace(&mut self.begun, true) {
            let mut start = ReplyStart::new(PROTOCOL);
            start.model = line.model.clone();
            out.push_back(StreamEvent::Start(Box::new(start)));
        }
        if let Some(message) = line.message.as_ref() {
            self.message(message, out);
        }
        if line.done == Some(true) {
            self.finish(&line, data, out);
        }
        Ok(())
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let text = std::str::from_utf8(body).map_err(|_| malformed("the reply is not UTF-8"))?;
        self.frame(None, text, out)
            .map_err(|error| match error.kind() {
                // What would be a broken stream is a server that failed.
                ErrorKind::StreamBroken => error.with_kind(ErrorKind::Server),
                _ => error,
            })?;
        if self.done {
            return Ok(());
        }
        Err(malformed("the reply is not complete"))
    }

    fn end(&mut self, _: &mut Events) -> Result<(), Error> {
        Err(Error::new(ErrorKind::StreamBroken)
            .with_message("the stream ended before the answer did"))
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

impl OllamaFrames {
    fn message(&mut self, message: &Message<'_>, out: &mut Events) {
        if let Some(text) = filled(message.thinking.as_ref()) {
            out.push_back(StreamEvent::Reasoning(ReasoningDelta {
                choice: 0,
                text,
                signature: None,
            }));
        }
        if let Some(text) = filled(message.content.as_ref()) {
            out.push_back(StreamEvent::Text(Delta { choice: 0, text }));
        }
        for call in message.tool_calls.iter().flatten() {
            self.call(call, out);
        }
    }

    /// Takes a call, which always comes whole.
    fn call(&mut self, call: &Call<'_>, out: &mut Events) {
        let Some(function) = &call.function else {
            return;
        };
        out.push_back(StreamEvent::ToolCall(ToolCallDelta {
            choice: 0,
            index: self.calls,
            id: Some(call.id.clone().unwrap_or_default()),
            name: Some(function.name.clone()),
            arguments: function.arguments.map_or("{}", RawValue::get).to_owned(),
        }));
        self.calls = self.calls.saturating_add(1);
    }

    fn finish(&mut self, line: &Line<'_>, data: &str, out: &mut Events) {
        self.done = true;
        let counts = Usage::new(
            line.prompt_eval_count.unwrap_or(0),
            line.eval_count.unwrap_or(0),
        );
        out.push_back(StreamEvent::Usage {
            usage: counts,
            raw: RawJson::parse(data)
                .ok()
                .and_then(|raw| measured(&raw))
                .map(Box::new),
        });
        out.push_back(StreamEvent::Finish(Finish {
            choice: 0,
            reason: reason(line.done_reason.as_deref()),
            extra: None,
        }));
    }
}

/// Returns the counts and durations of the last line.
fn measured(line: &RawJson) -> Option<Opaque> {
    let mut fields = Object::from_raw(line.as_raw_value()).ok()?;
    for name in READ {
        fields.take_raw(name);
    }
    let fields = Extra::from_fields(PROTOCOL, fields.into_rest())?.fields;
    Some(Opaque {
        origin: PROTOCOL,
        raw: RawJson::from_value(&fields).ok()?,
    })
}

/// Reads a `done_reason`; servers before 2024-07 sent none.
fn reason(reason: Option<&str>) -> FinishReason {
    match reason {
        None | Some("" | "stop") => FinishReason::Stop,
        Some("length") => FinishReason::Length,
        Some(other) => FinishReason::Other(other.to_owned()),
    }
}

fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}
