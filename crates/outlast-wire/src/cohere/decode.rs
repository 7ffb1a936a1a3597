//! Reads replies: the events of a stream, or a whole body.

use bytes::Bytes;
use outlast_types::{
    Delta, Error, ErrorKind, Extra, Finish, Opaque, RawJson, ReasoningDelta, ReplyStart,
    StreamEvent, ToolCallDelta,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::finish::{self, Ending};
use super::message::plan_mark;
use super::{PROTOCOL, error, usage, whole};
use crate::error::malformed;
use crate::{Events, FrameDecoder};

/// What ends a stream, if anything comes after its last event.
const DONE: &str = "[DONE]";

/// The most tool calls of one reply.
const MAX_CALLS: usize = 1024;

/// The most bytes of citations that are kept; what comes after is left out.
const MAX_CITED: usize = 4 * 1024 * 1024;

/// Understands the events of a stream and the body of a unary reply.
#[derive(Debug, Default)]
pub struct CohereFrames {
    /// The provider's index of each tool call.
    calls: Vec<u64>,
    citations: Vec<RawJson>,
    cited_bytes: usize,
    /// What kind of part is being streamed.
    part: Option<Part>,
    done: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Plan,
    Content(u64),
}

/// One event, flat.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    index: Option<u64>,
    id: Option<String>,
    #[serde(borrow)]
    delta: Option<FrameDelta<'a>>,
    message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FrameDelta<'a> {
    #[serde(borrow)]
    message: Option<MessageDelta<'a>>,
    finish_reason: Option<String>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    error: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MessageDelta<'a> {
    /// An object in the events of a part, an empty list in `message-start`.
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    tool_plan: Option<String>,
    #[serde(borrow)]
    tool_calls: Option<&'a RawValue>,
    #[serde(borrow)]
    citations: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContentDelta {
    text: Option<String>,
    thinking: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CallDelta {
    id: Option<String>,
    function: Option<FunctionDelta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FunctionDelta {
    name: Option<String>,
    arguments: Option<String>,
}

impl FrameDecoder for CohereFrames {
    fn frame(&mut self, name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        if data.trim_ascii() == DONE {
            return Ok(());
        }
        let frame: Frame<'_> =
            serde_json::from_str(data).map_err(|_| malformed("an event that is not readable"))?;
        let delta = frame.delta.unwrap_or_default();
        match frame.kind.or(name) {
            Some("message-start") => {
                let mut start = ReplyStart::new(PROTOCOL);
                start.id = frame.id;
                out.push_back(StreamEvent::Start(Box::new(start)));
            }
            Some("message-end") => return self.finish(delta, out),
            Some(
                "content-start" | "content-delta" | "tool-plan-delta" | "tool-call-start"
                | "tool-call-delta" | "citation-start",
            ) => {
                let message = delta.message.unwrap_or_default();
                self.message(frame.index.unwrap_or(0), message, out)?;
            }
            Some("content-end") => self.end_part(out),
            Some("tool-call-end" | "citation-end") => {}
            Some(_) => out.push_back(opaque(data)?),
            // An error in place of an event has the form of an error body.
            None if frame.message.is_some() => {
                self.done = true;
                return Err(error::in_reply(data.as_bytes(), ErrorKind::StreamBroken)
                    .unwrap_or_else(|| malformed("an event without a type")));
            }
            None => return Err(malformed("an event without a type")),
        }
        Ok(())
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        whole::read(body, out)?;
        self.done = true;
        Ok(())
    }

    fn end(&mut self, _: &mut Events) -> Result<(), Error> {
        Err(Error::new(ErrorKind::StreamBroken)
            .with_message("the stream ended before the answer did"))
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

impl CohereFrames {
    fn message(
        &mut self,
        index: u64,
        message: MessageDelta<'_>,
        out: &mut Events,
    ) -> Result<(), Error> {
        if let Some(plan) = message.tool_plan {
            self.begin(Part::Plan, out);
            out.push_back(reasoning(plan));
        }
        if let Some(content) = message.content {
            self.content(index, read(content)?, out);
        }
        if let Some(calls) = message.tool_calls {
            self.call(index, read(calls)?, out)?;
        }
        if let Some(citation) = message.citations {
            self.cite(citation);
        }
        Ok(())
    }

    fn content(&mut self, index: u64, delta: ContentDelta, out: &mut Events) {
        self.begin(Part::Content(index), out);
        if let Some(text) = delta.thinking.filter(|text| !text.is_empty()) {
            out.push_back(reasoning(text));
        }
        if let Some(text) = delta.text.filter(|text| !text.is_empty()) {
            out.push_back(StreamEvent::Text(Delta { choice: 0, text }));
        }
    }

    /// Ends the part before if another one begins.
    fn begin(&mut self, part: Part, out: &mut Events) {
        if self.part == Some(part) {
            return;
        }
        self.end_part(out);
        self.part = Some(part);
        if part == Part::Plan {
            out.push_back(StreamEvent::PartExtra {
                choice: 0,
                extra: Box::new(plan_mark()),
            });
        }
    }

    fn end_part(&mut self, out: &mut Events) {
        if self.part.take().is_some() {
            out.push_back(StreamEvent::PartEnd { choice: 0 });
        }
    }

    fn call(&mut self, wire_index: u64, delta: CallDelta, out: &mut Events) -> Result<(), Error> {
        let at = match self.calls.iter().position(|known| *known == wire_index) {
            Some(at) => at,
            None if self.calls.len() == MAX_CALLS => {
                return Err(malformed("more tool calls than one answer may have"));
            }
            None => {
                self.end_part(out);
                self.calls.push(wire_index);
                self.calls.len() - 1
            }
        };
        let function = delta.function.unwrap_or_default();
        out.push_back(StreamEvent::ToolCall(ToolCallDelta {
            choice: 0,
            index: u32::try_from(at).unwrap_or(u32::MAX),
            id: delta.id,
            name: function.name,
            arguments: function.arguments.unwrap_or_default(),
        }));
        Ok(())
    }

    /// Keeps a citation, or several.
    fn cite(&mut self, raw: &RawValue) {
        self.cited_bytes = self.cited_bytes.saturating_add(raw.get().len());
        if self.cited_bytes > MAX_CITED {
            return;
        }
        match serde_json::from_str::<Vec<RawJson>>(raw.get()) {
            Ok(several) => self.citations.extend(several),
            Err(_) => self.citations.push(RawJson::from(raw)),
        }
    }

    fn finish(&mut self, delta: FrameDelta<'_>, out: &mut Events) -> Result<(), Error> {
        self.done = true;
        self.end_part(out);
        out.extend(delta.usage.and_then(usage::read_event));
        let citations = std::mem::take(&mut self.citations);
        if !citations.is_empty()
            && let Ok(citations) = RawJson::from_value(&citations)
        {
            let fields = [("citations".to_owned(), citations)].into();
            out.push_back(StreamEvent::Extra {
                choice: 0,
                extra: Box::new(Extra {
                    origin: PROTOCOL,
                    fields,
                }),
            });
        }
        end(delta.finish_reason.as_deref(), delta.error, out)
    }
}

/// Takes the finish reason of a reply; `words` is what it says beside one that is a failure.
pub(super) fn end(
    reason: Option<&str>,
    words: Option<String>,
    out: &mut Events,
) -> Result<(), Error> {
    let Some(reason) = reason else {
        return Err(malformed("the reply has no finish reason"));
    };
    match finish::read(reason) {
        Ending::Finish(reason) => {
            out.push_back(StreamEvent::Finish(Finish {
                choice: 0,
                reason,
                extra: None,
            }));
            Ok(())
        }
        Ending::Failed(kind) => Err(error::in_finish_reason(kind, reason, words)),
    }
}

fn reasoning(text: String) -> StreamEvent {
    StreamEvent::Reasoning(ReasoningDelta {
        choice: 0,
        text,
        signature: None,
    })
}

fn opaque(data: &str) -> Result<StreamEvent, Error> {
    let raw = RawJson::parse(data).map_err(|_| malformed("an event that is not readable"))?;
    Ok(StreamEvent::Opaque(Box::new(Opaque {
        origin: PROTOCOL,
        raw,
    })))
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, Error> {
    serde_json::from_str(raw.get()).map_err(|_| malformed("an event that is not readable"))
}
