//! Reads replies: the chunks of a stream, or a whole body, which has the same form.

use bytes::Bytes;
use outlast_types::{Delta, Error, ErrorKind, Extra, Finish, ReplyStart, StreamEvent};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::error::malformed;
use crate::json::Object;
use crate::openai::finish::{self, Ending};
use crate::openai::{error, usage};
use crate::{Events, FrameDecoder};

/// What ends a stream.
const DONE: &str = "[DONE]";

/// The most answers of one reply; OpenAI allows 128.
const MAX_CHOICES: usize = 128;

/// Understands the chunks of a stream and the body of a unary reply.
#[derive(Debug, Default)]
pub struct CompletionFrames {
    begun: bool,
    /// The answers so far, and whether each has ended.
    choices: Vec<(u32, bool)>,
    done: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chunk<'a> {
    id: Option<String>,
    model: Option<String>,
    created: Option<i64>,
    #[serde(borrow)]
    choices: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

impl FrameDecoder for CompletionFrames {
    fn frame(&mut self, name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        if data.trim_ascii() == DONE {
            self.done = true;
            return Ok(());
        }
        if name == Some("error") {
            self.done = true;
            return Err(error::in_stream(data));
        }
        let chunk = read(data)?;
        if let Some(raw) = chunk.error.filter(|raw| error::is_error(raw)) {
            self.done = true;
            return Err(error::in_stream_value(raw, data));
        }
        self.chunk(chunk, out)
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let text = std::str::from_utf8(body).map_err(|_| malformed("the reply is not UTF-8"))?;
        let chunk = read(text)?;
        if let Some(raw) = chunk.error.filter(|raw| error::is_error(raw)) {
            return Err(error::in_body_value(raw, text));
        }
        if chunk.choices.is_none() {
            return Err(
                error::disguised(text).unwrap_or_else(|| malformed("the reply has no choices"))
            );
        }
        self.done = true;
        self.chunk(chunk, out)
    }

    fn end(&mut self, _: &mut Events) -> Result<(), Error> {
        // A stream that gave all its reasons is whole, with or without `[DONE]`.
        if !self.choices.is_empty() && self.choices.iter().all(|(_, ended)| *ended) {
            self.done = true;
            return Ok(());
        }
        Err(Error::new(ErrorKind::StreamBroken)
            .with_message("the stream ended before the answer did"))
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

impl CompletionFrames {
    fn chunk(&mut self, chunk: Chunk<'_>, out: &mut Events) -> Result<(), Error> {
        if !std::mem::replace(&mut self.begun, true) {
            let mut start = ReplyStart::new(PROTOCOL);
            start.id = chunk.id;
            start.model = chunk.model;
            start.created = chunk.created;
            out.push_back(StreamEvent::Start(Box::new(start)));
        }
        for (position, raw) in (0..).zip(chunk.choices.into_iter().flatten()) {
            self.choice(position, raw, out)?;
        }
        if let Some(event) = chunk.usage.and_then(usage::read_event) {
            out.push_back(own_usage(event));
        }
        Ok(())
    }

    fn choice(&mut self, position: u32, raw: &RawValue, out: &mut Events) -> Result<(), Error> {
        let mut fields =
            Object::from_raw(raw).map_err(|error| error.into_error(ErrorKind::Malformed))?;
        let choice = fields.take("index").ok().flatten().unwrap_or(position);
        let at = self.find(choice)?;
        let text: Option<String> = fields.take("text").ok().flatten();
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            out.push_back(StreamEvent::Text(Delta { choice, text }));
        }
        let reason: Option<String> = fields.take("finish_reason").ok().flatten();
        let Some(ending) = reason.as_deref().and_then(finish::read) else {
            return Ok(());
        };
        if let Some((_, ended)) = self.choices.get_mut(at) {
            *ended = true;
        }
        match ending {
            Ending::Finish(finish) => {
                out.push_back(StreamEvent::Finish(Finish {
                    choice,
                    reason: finish,
                    extra: extra_of(fields).map(Box::new),
                }));
                Ok(())
            }
            Ending::Failed(kind) => {
                self.done = true;
                let reason = reason.unwrap_or_default();
                Err(error::in_finish_reason(kind, &reason))
            }
        }
    }

    fn find(&mut self, index: u32) -> Result<usize, Error> {
        match self.choices.iter().position(|(known, _)| *known == index) {
            Some(at) => Ok(at),
            None if self.choices.len() == MAX_CHOICES => {
                Err(malformed("more answers than a reply may have"))
            }
            None => {
                self.choices.push((index, false));
                Ok(self.choices.len() - 1)
            }
        }
    }
}

/// Returns what a choice's last chunk says beside its text, log probabilities among it.
fn extra_of(mut fields: Object<'_>) -> Option<Extra> {
    for name in ["logprobs", "delta", "stop_reason"] {
        if fields
            .get(name)
            .is_some_and(|raw| matches!(raw.get(), "null" | "{}"))
        {
            fields.take_raw(name);
        }
    }
    fields.into_extra(PROTOCOL)
}

/// Marks counts, which have the same form as those of Chat Completions, as being of this protocol.
fn own_usage(event: StreamEvent) -> StreamEvent {
    match event {
        StreamEvent::Usage {
            usage,
            raw: Some(mut raw),
        } => {
            raw.origin = PROTOCOL;
            StreamEvent::Usage {
                usage,
                raw: Some(raw),
            }
        }
        other => other,
    }
}

fn read(data: &str) -> Result<Chunk<'_>, Error> {
    serde_json::from_str(data).map_err(|error| {
        error::disguised(data).unwrap_or_else(|| crate::error::malformed_json(&error))
    })
}
