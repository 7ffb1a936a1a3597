//! The body of a unary reply, as the events of a stream that came at once.

use bytes::Bytes;
use outlast_types::{Error, ErrorKind, StreamEvent};
use serde_json::value::RawValue;

use super::super::{PROTOCOL, error, usage};
use super::choice::ChoiceState;
use super::chunk::{Delta, Text};
use super::start::Introduction;
use crate::Events;
use crate::error::malformed;
use crate::json::{FieldError, Object, read_each, read_value};

/// Fields of a message that become parts of the answer.
const BECOME_PARTS: [&str; 7] = [
    "content",
    "function_call",
    "reasoning",
    "reasoning_content",
    "refusal",
    "role",
    "tool_calls",
];

/// Reads a body: a completion, or an error that came with a status of 2xx.
pub(super) fn read(body: &Bytes, out: &mut Events) -> Result<(), Error> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("the reply is not UTF-8"))?;
    let mut reply = Object::read(body).map_err(|error| unreadable(&error, text))?;
    if let Some(raw) = reply.get("error").filter(|raw| error::is_error(raw)) {
        return Err(error::in_body_value(raw, text));
    }
    let Some(choices) = reply.take_raw("choices") else {
        return Err(error::disguised(text).unwrap_or_else(|| malformed("the reply has no choices")));
    };
    let usage = reply.take_raw("usage");

    let mut introduction = Introduction::default();
    introduction.take_object(reply);
    introduction.finish(out);
    for (position, raw) in read_choices(choices)?.into_iter().enumerate() {
        choice(position, raw, text, out)?;
    }
    out.extend(usage.and_then(usage::read_event));
    Ok(())
}

fn read_choices(raw: &RawValue) -> Result<Vec<&RawValue>, Error> {
    if raw.get() == "null" {
        return Ok(Vec::new());
    }
    read_each(raw, Ok).map_err(|error| field(error.within("choices")))
}

fn choice(position: usize, raw: &RawValue, body: &str, out: &mut Events) -> Result<(), Error> {
    let within = |error: FieldError| field(error.within_item(position).within("choices"));
    let mut choice = Object::from_raw(raw).map_err(within)?;
    if let Some(raw) = choice.get("error").filter(|raw| error::is_error(raw)) {
        return Err(error::in_body_value(raw, body));
    }
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    let index = choice.take("index").ok().flatten().unwrap_or(position);
    let mut state = ChoiceState::new(index);
    if let Some(message) = choice.take_raw("message").filter(|raw| raw.get() != "null") {
        self::message(&mut state, message, out).map_err(|error| match error {
            Unread::Field(error) => within(error.within("message")),
            Unread::Other(error) => error,
        })?;
    }
    let reason = choice.take::<Text<'_>>("finish_reason").ok().flatten();
    // Most answers say in this way that there are none.
    if choice
        .get("logprobs")
        .is_some_and(|raw| raw.get() == "null")
    {
        choice.take_raw("logprobs");
    }
    match reason {
        Some(reason) => state.finish(&reason.0, || choice.into_rest(), out),
        None => Ok(()),
    }
}

enum Unread {
    Field(FieldError),
    Other(Error),
}

fn message(state: &mut ChoiceState, raw: &RawValue, out: &mut Events) -> Result<(), Unread> {
    let delta: Delta<'_> = read_value(raw).map_err(Unread::Field)?;
    let mut message = Object::from_raw(raw).map_err(Unread::Field)?;
    for name in BECOME_PARTS {
        message.take_raw(name);
    }
    state.delta(delta, out).map_err(Unread::Other)?;
    state.close(out);
    if let Some(extra) = message.into_extra(PROTOCOL) {
        let (choice, extra) = (state.index(), Box::new(extra));
        out.push_back(StreamEvent::Extra { choice, extra });
    }
    Ok(())
}

/// Judges a body that is no object: an error in another form (Gemini's arrays), or nothing at all.
fn unreadable(error: &FieldError, body: &str) -> Error {
    error::disguised(body).unwrap_or_else(|| malformed(format!("the reply is unreadable: {error}")))
}

fn field(error: FieldError) -> Error {
    error.into_error(ErrorKind::Malformed)
}
