//! A whole message.
//!
//! One of text, thinking and calls is read in one pass ([`Plain`]). Anything else in it (a block of another kind, a field
//! of another type, an error) makes that fail, and it is read field by field.

use std::collections::BTreeMap;
use std::str;

use bytes::Bytes;
use outlast_types::{ContentPart, Error, RawJson, Reasoning, ReplyStart, TextPart, ToolCall};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::{PROTOCOL, blocks, error};
use crate::error::{malformed, malformed_json};
use crate::json::{Mirror, Object, Text, read_each, read_mirror};

/// A message, taken apart.
pub(super) struct Message<'a> {
    pub(super) start: ReplyStart,
    pub(super) parts: Vec<ContentPart>,
    pub(super) usage: Option<&'a RawValue>,
    pub(super) reason: Option<String>,
    /// Fields that are told with the reason.
    pub(super) ending: BTreeMap<String, RawJson>,
}

/// Reads a body; it fails with the error that stands in a message's place.
pub(super) fn read(body: &Bytes) -> Result<Message<'_>, Error> {
    let plain = str::from_utf8(body)
        .ok()
        .and_then(|text| serde_json::from_str::<Plain<'_>>(text).ok());
    match plain.and_then(Plain::into_message) {
        Some(message) => Ok(message),
        None => read_any(body),
    }
}

fn read_any(body: &Bytes) -> Result<Message<'_>, Error> {
    let raw: &RawValue = serde_json::from_slice(body).map_err(|error| malformed_json(&error))?;
    let mut message = Object::from_raw(raw).map_err(|_| malformed("the reply is no object"))?;
    let is_error = |raw: &RawValue| raw.get() == r#""error""#;
    if message.get("error").is_some() || message.get("type").is_some_and(is_error) {
        return Err(error::in_whole(raw.get()));
    }
    let content = message
        .take_raw("content")
        .ok_or_else(|| malformed("the reply has no content"))?;
    let block = |raw| Ok(blocks::read_block(raw).unwrap_or_else(|_| blocks::keep(raw)));
    let parts =
        read_each(content, block).map_err(|_| malformed("the reply's content is no array"))?;
    let reason = string(&mut message, "stop_reason");
    let usage = message.take_raw("usage");
    // What belongs to the ending is told with it, as in a stream.
    let ending = ["stop_sequence", "stop_details"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), message.take_raw(name)?.into())))
        .collect();
    Ok(Message {
        start: start_of(message),
        parts,
        usage,
        reason,
        ending,
    })
}

/// Begins a reply with what is left of its message.
pub(super) fn start_of(mut message: Object<'_>) -> ReplyStart {
    let mut start = ReplyStart::new(PROTOCOL);
    start.id = string(&mut message, "id");
    start.model = string(&mut message, "model");
    for name in ["type", "role"] {
        message.take_raw(name);
    }
    start.extra = message.into_extra(PROTOCOL);
    start
}

/// Takes a field; one that is no string is dropped.
pub(super) fn string(fields: &mut Object<'_>, name: &str) -> Option<String> {
    fields.take(name).ok().flatten()
}

/// A message of the usual form.
#[derive(Default)]
struct Plain<'a> {
    id: Option<Text<'a>>,
    model: Option<Text<'a>>,
    content: Option<Vec<PlainBlock<'a>>>,
    stop_reason: Option<Text<'a>>,
    usage: Option<&'a RawValue>,
    ending: Object<'a>,
    rest: Object<'a>,
}

impl<'de> Mirror<'de> for Plain<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "id" => self.id = map.next_value()?,
            "model" => self.model = map.next_value()?,
            "content" => self.content = Some(map.next_value()?),
            "stop_reason" => self.stop_reason = map.next_value()?,
            "stop_sequence" => {
                // It is written again in any case.
                if let Some(sequence) = map.next_value()? {
                    self.ending.put("stop_sequence", sequence);
                }
            }
            "stop_details" => self.ending.put("stop_details", map.next_value()?),
            "usage" => self.usage = map.next_value()?,
            "type" => {
                if map.next_value::<&RawValue>()?.get() != r#""message""# {
                    return Err(A::Error::custom("no message"));
                }
            }
            "role" => {
                map.next_value::<IgnoredAny>()?;
            }
            "error" => return Err(A::Error::custom("an error")),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Plain<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

impl<'a> Plain<'a> {
    fn into_message(self) -> Option<Message<'a>> {
        let blocks = self.content?.into_iter();
        let mut start = ReplyStart::new(PROTOCOL);
        start.id = self.id.map(Text::into_string);
        start.model = self.model.map(Text::into_string);
        start.extra = self.rest.into_extra(PROTOCOL);
        Some(Message {
            start,
            parts: blocks.map(PlainBlock::into_part).collect::<Option<_>>()?,
            usage: self.usage,
            reason: self.stop_reason.map(Text::into_string),
            ending: self.ending.into_rest(),
        })
    }
}

/// A block of text or thinking, or a call.
#[derive(Default)]
struct PlainBlock<'a> {
    kind: Option<Text<'a>>,
    text: Option<Text<'a>>,
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    input: Option<&'a RawValue>,
    thinking: Option<Text<'a>>,
    signature: Option<Text<'a>>,
    rest: Object<'a>,
}

impl<'de> Mirror<'de> for PlainBlock<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        // A `null` is none of these.
        match name {
            "type" => self.kind = Some(map.next_value()?),
            "text" => self.text = Some(map.next_value()?),
            "id" => self.id = Some(map.next_value()?),
            "name" => self.name = Some(map.next_value()?),
            "input" => self.input = Some(map.next_value()?),
            "thinking" => self.thinking = Some(map.next_value()?),
            "signature" => self.signature = Some(map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PlainBlock<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

impl PlainBlock<'_> {
    /// Returns the part; `None` if the block is of another kind, or has the fields of two.
    fn into_part(self) -> Option<ContentPart> {
        let kind = self.kind?;
        let extra = self.rest.into_extra(PROTOCOL);
        let call = (self.id, self.name, self.input);
        let thought = (self.thinking, self.signature);
        Some(match (&*kind.0, self.text, call, thought) {
            ("text", Some(text), (None, None, None), (None, None)) => {
                let mut part = TextPart::new(text.0);
                part.extra = extra;
                ContentPart::Text(part)
            }
            ("tool_use", None, (Some(id), Some(name), input), (None, None)) => {
                let input = input.map_or("{}", RawValue::get);
                let mut call = ToolCall::new(id.0, name.0, input);
                call.extra = extra;
                ContentPart::ToolCall(call)
            }
            ("thinking", None, (None, None, None), (Some(text), signature)) => {
                // One without a signature is not the provider's.
                let signature = signature.map(Text::into_string);
                let signature = signature.filter(|signature| !signature.is_empty());
                let origin = signature.is_some().then_some(PROTOCOL);
                let mut part = Reasoning::new(text.0, origin);
                part.signature = signature;
                part.extra = extra;
                ContentPart::Reasoning(part)
            }
            _ => return None,
        })
    }
}
