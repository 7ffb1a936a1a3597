//! The body of a unary reply, as the events of a stream that came at once.

use bytes::Bytes;
use outlast_types::{Error, StreamEvent};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::super::{PROTOCOL, error, usage};
use super::choice::ChoiceState;
use super::chunk::{Delta, Text};
use super::start::Introduction;
use crate::Events;
use crate::error::{malformed, malformed_json};
use crate::json::{Mirror, Mirrored, read_value};

/// A reply, or the error that came in its place.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reply<'a> {
    #[serde(borrow, deserialize_with = "null_is_empty")]
    choices: Option<Vec<Mirrored<'a, Answer<'a>>>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow)]
    index: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<Mirrored<'a, Delta<'a>>>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
}

/// Reads a list that may be `null`, but not absent.
fn null_is_empty<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list: Option<Vec<T>> = Deserialize::deserialize(deserializer)?;
    Ok(Some(list.unwrap_or_default()))
}

impl Mirror for Reply<'_> {
    const FIELDS: &'static [&'static str] = &["choices", "usage"];
}

impl Mirror for Answer<'_> {
    const FIELDS: &'static [&'static str] = &["index", "message", "finish_reason"];
}

/// Fields of a message that become parts of the answer. The others are kept, those among them that a [`Delta`] has too.
impl Mirror for Delta<'_> {
    const FIELDS: &'static [&'static str] = &[
        "content",
        "function_call",
        "reasoning",
        "reasoning_content",
        "refusal",
        "role",
        "tool_calls",
    ];
}

/// Reads a body: a completion, or an error that came with a status of 2xx.
pub(super) fn read(body: &Bytes, out: &mut Events) -> Result<(), Error> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("the reply is not UTF-8"))?;
    let reply: Mirrored<'_, Reply<'_>> =
        serde_json::from_str(text).map_err(|error| unreadable(&error, text))?;
    let Mirrored { known, rest } = reply;
    if let Some(raw) = rest.get("error").filter(|raw| error::is_error(raw)) {
        return Err(error::in_body_value(raw, text));
    }
    let Some(choices) = known.choices else {
        return Err(error::disguised(text).unwrap_or_else(|| malformed("the reply has no choices")));
    };

    let mut introduction = Introduction::default();
    introduction.take_object(rest);
    introduction.finish(out);
    for (position, answer) in choices.into_iter().enumerate() {
        choice(position, answer, text, out)?;
    }
    out.extend(known.usage.and_then(usage::read_event));
    Ok(())
}

fn choice(
    position: usize,
    answer: Mirrored<'_, Answer<'_>>,
    body: &str,
    out: &mut Events,
) -> Result<(), Error> {
    let Mirrored { known, mut rest } = answer;
    if let Some(raw) = rest.get("error").filter(|raw| error::is_error(raw)) {
        return Err(error::in_body_value(raw, body));
    }
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    let index = known.index.and_then(|raw| read_value(raw).ok());
    let mut state = ChoiceState::new(index.unwrap_or(position));
    if let Some(message) = known.message {
        self::message(&mut state, message, out)?;
    }
    // Most answers say in this way that there are none.
    if rest.get("logprobs").is_some_and(|raw| raw.get() == "null") {
        rest.take_raw("logprobs");
    }
    match known.finish_reason {
        Some(reason) => state.finish(&reason.0, || rest.into_rest(), out),
        None => Ok(()),
    }
}

fn message(
    state: &mut ChoiceState,
    message: Mirrored<'_, Delta<'_>>,
    out: &mut Events,
) -> Result<(), Error> {
    let Mirrored { mut known, rest } = message;
    known.reasoning_details = rest.get("reasoning_details");
    state.delta(known, out)?;
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
