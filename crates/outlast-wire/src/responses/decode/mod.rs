//! Reads replies: the events of a stream, or a whole response.
//!
//! One state machine for both, fed by [`crate::ChatDecoder`]. An item of the output is handed on piece by piece if it is
//! text, a refusal, reasoning or a call of the caller's tool; any other comes whole, at its end. What only this protocol
//! understands is passed on as it is. Names of events are not needed: OpenRouter sends none, Bedrock sends them last.

mod call;
mod frame;
mod message;
mod output;
mod parts;
mod plain;
mod start;
mod thought;
mod whole;

use bytes::Bytes;
use outlast_types::{Error, ErrorKind, Finish, RawJson, StreamEvent};
use serde_json::value::RawValue;

use self::frame::Frame;
use self::output::{Output, opaque_event};
use self::plain::Channel;
use self::start::Introduction;
use super::part_in::string;
use super::{PROTOCOL, ending, error, usage};
use crate::codec::push_extra_delta;
use crate::error::malformed;
use crate::json::{Object, read_each};
use crate::{Events, FrameDecoder};

/// What some gateways end a stream with.
const DONE: &str = "[DONE]";

/// Understands the frames of one Responses reply.
#[derive(Debug, Default)]
pub struct ResponsesFrames {
    introduction: Introduction,
    output: Output,
    done: bool,
}

impl FrameDecoder for ResponsesFrames {
    fn frame(&mut self, name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        if self.introduction.is_over()
            && let Some(piece) = plain::read(data, false)
        {
            return self.output.piece(piece, out);
        }
        if data.trim_ascii() == DONE {
            return Ok(());
        }
        let Ok(frame) = serde_json::from_str::<Frame<'_>>(data) else {
            return self.odd_frame(data, out);
        };
        let kind = frame.kind.as_deref().or(name).unwrap_or_default();
        self.event(kind, &frame, data, out)
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let text = std::str::from_utf8(body).map_err(|_| malformed("the reply is not UTF-8"))?;
        let unreadable = |error: &dyn std::fmt::Display| {
            error::of_body(text)
                .unwrap_or_else(|| malformed(format!("the reply is unreadable: {error}")))
        };
        if let Some(plain) = whole::read(text) {
            refuse_failed(&plain.response)?;
            let items = |output: &mut Output, out: &mut Events| {
                let items = plain.items.into_iter();
                items.for_each(|item| output.whole_item(item, out));
            };
            self.response(plain.response, items, out);
            return Ok(());
        }
        let mut response = Object::read(body).map_err(|error| unreadable(&error))?;
        if response.get("output").is_none() {
            return Err(match response.get("error") {
                Some(raw) if raw.get() != "null" => {
                    error::of_response(Some(raw), ErrorKind::Server)
                }
                _ => unreadable(&"it has no output"),
            });
        }
        refuse_failed(&response)?;
        let raw = response.take_raw("output");
        let items = match raw.filter(|raw| raw.get() != "null") {
            Some(raw) => read_each(raw, Ok).map_err(|_| malformed("the output is no array"))?,
            None => Vec::new(),
        };
        let items = |output: &mut Output, out: &mut Events| {
            items.into_iter().for_each(|raw| output.whole(raw, out));
        };
        self.response(response, items, out);
        Ok(())
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        if self.done {
            return Ok(());
        }
        self.output.all(None, out);
        Err(Error::new(ErrorKind::StreamBroken)
            .with_message("the stream ended before the response did"))
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

impl ResponsesFrames {
    fn event(
        &mut self,
        kind: &str,
        frame: &Frame<'_>,
        data: &str,
        out: &mut Events,
    ) -> Result<(), Error> {
        match kind {
            "response.created" | "response.in_progress" | "response.queued" => {
                if self.introduction.is_over() {
                    out.push_back(StreamEvent::Ping);
                }
                self.introduce(frame.response, out);
                return Ok(());
            }
            "keepalive" | "ping" => {
                out.push_back(StreamEvent::Ping);
                return Ok(());
            }
            "error" => return Err(self.fail(error::in_stream(data), out)),
            "response.failed" => {
                let failed = frame.response.and_then(|raw| Object::from_raw(raw).ok());
                let failed = failed.and_then(|response| response.get("error"));
                let error = error::of_response(failed, ErrorKind::StreamBroken);
                return Err(self.fail(error, out));
            }
            _ => self.introduce(frame.response, out),
        }
        match kind {
            "response.completed" | "response.incomplete" => self.completed(frame, out),
            "response.output_item.added" => self.item_added(frame, data, out),
            "response.output_item.done" => {
                self.output.end(frame.output_index, frame.item, out);
                Ok(())
            }
            "response.content_part.done" => {
                if let Some(part) = frame.part {
                    let (item, place) = (frame.output_index, frame.content_index);
                    self.output.part_end(item, place, part, out);
                }
                Ok(())
            }
            "response.output_text.annotation.added" => {
                let annotations = frame.annotation.as_slice();
                if let (false, Ok(piece)) =
                    (annotations.is_empty(), RawJson::from_value(&annotations))
                {
                    push_extra_delta(0, PROTOCOL, "annotations", piece, out);
                }
                self.output
                    .gather(frame.output_index, "annotations", annotations);
                Ok(())
            }
            // They say nothing that the pieces do not.
            "response.content_part.added"
            | "response.reasoning_summary_part.added"
            | "response.reasoning_summary_part.done" => Ok(()),
            _ => self.text_event(kind, frame, data, out),
        }
    }

    /// Takes an event with text that is not a plain piece, or an event that nobody knows.
    fn text_event(
        &mut self,
        kind: &str,
        frame: &Frame<'_>,
        data: &str,
        out: &mut Events,
    ) -> Result<(), Error> {
        if let Some(piece) = plain::read(data, true) {
            let item = frame.output_index;
            let raw = frame.logprobs.filter(|raw| raw.get() != "[]");
            let logprobs = raw.and_then(|raw| read_each(raw, Ok).ok());
            if let (Some(raw), Some(_)) = (raw, &logprobs) {
                push_extra_delta(0, PROTOCOL, "logprobs", raw.into(), out);
            }
            self.output.piece(piece, out)?;
            self.output
                .gather(item, "logprobs", &logprobs.unwrap_or_default());
            return Ok(());
        }
        let channel = match kind {
            "response.output_text.done" => Channel::Text,
            "response.refusal.done" => Channel::Refusal,
            "response.reasoning_summary_text.done" => Channel::Summary,
            "response.reasoning_text.done" => Channel::Thought,
            "response.function_call_arguments.done" | "response.custom_tool_call_input.done" => {
                Channel::Arguments
            }
            _ if frame.error.is_some_and(|raw| raw.get() != "null") => {
                return Err(self.fail(error::in_stream(data), out));
            }
            _ => {
                out.extend(opaque_event(data));
                return Ok(());
            }
        };
        self.output.whole_text(channel, frame, out);
        Ok(())
    }

    fn item_added(&mut self, frame: &Frame<'_>, data: &str, out: &mut Events) -> Result<(), Error> {
        let item = frame
            .item
            .ok_or_else(|| malformed("an item is added that is not there"))?;
        if self.output.begin(frame.output_index, item, out)? {
            out.extend(opaque_event(data));
        }
        Ok(())
    }

    fn completed(&mut self, frame: &Frame<'_>, out: &mut Events) -> Result<(), Error> {
        let response = frame
            .response
            .and_then(|raw| Object::from_raw(raw).ok())
            .ok_or_else(|| malformed("the response is missing"))?;
        self.output.all(response.get("output"), out);
        out.extend(response.get("usage").and_then(usage::read_event));
        let reason = self.reason(&response);
        let extra = self.introduction.changes(response).map(Box::new);
        out.push_back(StreamEvent::Finish(Finish {
            choice: 0,
            reason,
            extra,
        }));
        self.done = true;
        Ok(())
    }

    /// Tells of a response that came whole; `items` hands out its output.
    fn response(
        &mut self,
        mut response: Object<'_>,
        items: impl FnOnce(&mut Output, &mut Events),
        out: &mut Events,
    ) {
        let counts = response.take_raw("usage").and_then(usage::read_event);
        let details = response.take_raw("incomplete_details");
        let status = string(&mut response, "status");
        self.output.take_tools(response.get("tools"));
        self.introduction.take_whole(response, out);
        items(&mut self.output, out);
        out.extend(counts);
        let reason = ending::read(status.as_deref(), details, self.output.has_calls());
        out.push_back(StreamEvent::finish(reason));
        self.done = true;
    }

    fn reason(&self, response: &Object<'_>) -> outlast_types::FinishReason {
        let status = string_of(response, "status");
        let details = response.get("incomplete_details");
        ending::read(status.as_deref(), details, self.output.has_calls())
    }

    fn introduce(&mut self, response: Option<&RawValue>, out: &mut Events) {
        if let Some(response) = response
            && !self.introduction.is_over()
        {
            self.introduction.take(response, out);
            self.output.take_tools(self.introduction.field("tools"));
        }
        self.introduction.make(out);
    }

    /// Takes a frame that does not have the form of any that is known.
    fn odd_frame(&mut self, data: &str, out: &mut Events) -> Result<(), Error> {
        let unreadable = || malformed("an event that is not readable");
        let mut frame = Object::read(data.as_bytes()).map_err(|_| unreadable())?;
        let kind = string(&mut frame, "type").unwrap_or_default();
        match kind.as_str() {
            "error" => Err(self.fail(error::in_stream(data), out)),
            "response.completed" | "response.incomplete" | "response.failed" => Err(unreadable()),
            _ => {
                self.introduction.make(out);
                out.extend(opaque_event(data));
                Ok(())
            }
        }
    }

    fn fail(&mut self, error: Error, out: &mut Events) -> Error {
        self.introduction.make(out);
        self.output.all(None, out);
        self.done = true;
        error
    }
}

/// Fails with the error of a response that came whole and has none but that.
fn refuse_failed(response: &Object<'_>) -> Result<(), Error> {
    match response.get("status").map(RawValue::get) {
        Some("\"failed\"") => Err(error::of_response(response.get("error"), ErrorKind::Server)),
        _ => Ok(()),
    }
}

fn string_of(object: &Object<'_>, name: &str) -> Option<String> {
    object
        .get(name)
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
}
