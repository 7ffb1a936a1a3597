//! The body of a unary reply, as the events of a stream that came at once.

use bytes::Bytes;
use outlast_types::{Error, StreamEvent};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::super::{PROTOCOL, error, usage};
use super::choice::ChoiceState;
use super::chunk::{Delta, Few, Text};
use super::start::{Introduction, Names};
use crate::Events;
use crate::error::{malformed, malformed_json};
use crate::json::{Mirror, Object, read_mirror, read_value};

/// A reply, or the error that came in its place.
#[derive(Default)]
struct Reply<'a> {
    choices: Option<Few<Answer<'a>>>,
    usage: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    names: Names<'a>,
}

impl<'de> Mirror<'de> for Reply<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "choices" => {
                let choices: Option<Few<Answer<'de>>> = map.next_value()?;
                self.choices = Some(choices.unwrap_or_default());
            }
            "usage" => self.usage = map.next_value()?,
            "error" => self.error = map.next_value()?,
            _ => return self.names.take(name, map),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        self.names.rest()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Reply<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

#[derive(Default)]
struct Answer<'a> {
    index: Option<&'a RawValue>,
    message: Option<Message<'a>>,
    finish_reason: Option<Text<'a>>,
    rest: Object<'a>,
}

impl<'de> Mirror<'de> for Answer<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "index" => self.index = map.next_value()?,
            "message" => self.message = map.next_value()?,
            "finish_reason" => self.finish_reason = map.next_value()?,
            // Most answers say in this way that there are none.
            "logprobs" => {
                if let Some(logprobs) = map.next_value()? {
                    self.rest.put("logprobs", logprobs);
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Answer<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

/// A message: what becomes parts of the answer, and the rest, to which belongs what a [`Delta`] gathers.
#[derive(Default)]
struct Message<'a> {
    delta: Delta<'a>,
    rest: Object<'a>,
}

impl<'de> Mirror<'de> for Message<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        let delta = &mut self.delta;
        match name {
            "content" => delta.content = map.next_value()?,
            "function_call" => delta.function_call = map.next_value()?,
            "reasoning" => delta.reasoning = map.next_value()?,
            "reasoning_content" => delta.reasoning_content = map.next_value()?,
            "refusal" => delta.refusal = map.next_value()?,
            "tool_calls" => delta.tool_calls = map.next_value()?,
            // It is always the model that answers.
            "role" => {
                map.next_value::<IgnoredAny>()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Message<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

/// Reads a body: a completion, or an error that came with a status of 2xx.
pub(super) fn read(body: &Bytes, out: &mut Events) -> Result<(), Error> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("the reply is not UTF-8"))?;
    let reply: Reply<'_> = serde_json::from_str(text).map_err(|error| unreadable(&error, text))?;
    if let Some(raw) = reply.error.filter(|raw| error::is_error(raw)) {
        return Err(error::in_body_value(raw, text));
    }
    let Some(choices) = reply.choices else {
        return Err(error::disguised(text).unwrap_or_else(|| malformed("the reply has no choices")));
    };

    let mut introduction = Introduction::default();
    introduction.add(reply.names);
    introduction.finish(out);
    for (position, answer) in choices.into_iter().enumerate() {
        choice(position, answer, text, out)?;
    }
    out.extend(reply.usage.and_then(usage::read_event));
    Ok(())
}

fn choice(position: usize, answer: Answer<'_>, body: &str, out: &mut Events) -> Result<(), Error> {
    let error = answer.rest.get("error");
    if let Some(raw) = error.filter(|raw| error::is_error(raw)) {
        return Err(error::in_body_value(raw, body));
    }
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    let index = answer.index.and_then(|raw| read_value(raw).ok());
    let mut state = ChoiceState::new(index.unwrap_or(position));
    if let Some(message) = answer.message {
        self::message(&mut state, message, out)?;
    }
    match answer.finish_reason {
        Some(reason) => state.finish(&reason.0, || answer.rest.into_rest(), out),
        None => Ok(()),
    }
}

fn message(state: &mut ChoiceState, message: Message<'_>, out: &mut Events) -> Result<(), Error> {
    let Message { mut delta, rest } = message;
    delta.reasoning_details = rest.get("reasoning_details");
    state.delta(delta, out)?;
    state.close(out);
    if let Some(extra) = rest.into_extra(PROTOCOL) {
        let (choice, extra) = (state.index(), Box::new(extra));
        out.push_back(StreamEvent::Extra { choice, extra });
    }
    Ok(())
}

/// Judges a body that cannot be read: an error in another form (Gemini's arrays), or nothing at all.
fn unreadable(error: &serde_json::Error, body: &str) -> Error {
    error::disguised(body).unwrap_or_else(|| malformed_json(error))
}
