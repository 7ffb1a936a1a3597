//! The body of a Converse reply, in one piece.
//!
//! A body that has nothing unusual is read in one pass ([`Plain`]); any other field by field, without loss.

use std::collections::BTreeMap;

use bytes::Bytes;
use outlast_types::{
    ContentPart, Error, Extra, RawJson, ReplyStart, StreamEvent, TextPart, ToolCall,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::decode::{finish_event, push_message_extra};
use super::streamed_block::Calls;
use super::{PROTOCOL, blocks, error, finish, usage};
use crate::Events;
use crate::anthropic::JSON_TOOL;
use crate::error::{malformed, malformed_json};
use crate::json::{Object, read_each};

/// The field that the model's own answer to a question about its fields is in.
const MODEL_FIELDS: &str = "additionalModelResponseFields";

/// Reads a body and appends the events it stands for.
pub(super) fn read(body: &Bytes, out: &mut Events) -> Result<(), Error> {
    let message = match serde_json::from_slice::<Plain<'_>>(body) {
        Ok(plain) => plain.into_message(),
        Err(_) => read_any(body)?,
    };
    message.tell(out);
    Ok(())
}

/// A reply, taken apart.
struct Message<'a> {
    parts: Vec<ContentPart>,
    calls: Calls,
    reason: Option<String>,
    usage: Option<&'a RawValue>,
    /// Fields that are told with the ending.
    ending: BTreeMap<String, RawJson>,
    /// Fields that are told beside the answer.
    beside: BTreeMap<String, RawJson>,
    /// Fields of the message itself.
    start: Option<Extra>,
}

impl Message<'_> {
    fn tell(self, out: &mut Events) {
        let mut start = ReplyStart::new(PROTOCOL);
        start.extra = self.start;
        out.push_back(StreamEvent::Start(Box::new(start)));
        for part in self.parts {
            let part = Box::new(part);
            out.push_back(StreamEvent::Part { choice: 0, part });
        }
        if let Some(reason) = self.reason {
            out.push_back(finish_event(&reason, self.ending, &self.calls));
        }
        if let Some(counts) = self.usage {
            out.push_back(usage::event(counts));
        }
        push_message_extra(self.beside, out);
    }
}

/// A reply of the usual form. A field that is not here, or a block of another kind, makes the reading fail.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Plain<'a> {
    output: PlainOutput<'a>,
    stop_reason: String,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    metrics: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainOutput<'a> {
    #[serde(borrow)]
    message: PlainMessage<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainMessage<'a> {
    #[serde(borrow)]
    content: Vec<PlainBlock<'a>>,
    #[serde(rename = "role")]
    _role: PlainRole,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum PlainRole {
    Assistant,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum PlainBlock<'a> {
    Text(String),
    #[serde(borrow)]
    ToolUse(PlainCall<'a>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PlainCall<'a> {
    tool_use_id: String,
    name: String,
    #[serde(borrow)]
    input: &'a RawValue,
}

impl<'a> Plain<'a> {
    fn into_message(self) -> Message<'a> {
        let mut calls = Calls::default();
        let blocks = self.output.message.content.into_iter();
        let parts = blocks.map(|block| match block {
            PlainBlock::Text(text) => ContentPart::text(text),
            PlainBlock::ToolUse(call) => {
                let input = call.input.get();
                count_call(
                    ToolCall::new(call.tool_use_id, call.name, input),
                    &mut calls,
                )
            }
        });
        let parts = parts.collect();
        let metrics = self.metrics.map(|raw| ("metrics".to_owned(), raw.into()));
        Message {
            parts,
            calls,
            reason: Some(self.stop_reason),
            usage: self.usage,
            ending: BTreeMap::new(),
            beside: metrics.into_iter().collect(),
            start: None,
        }
    }
}

fn read_any(body: &Bytes) -> Result<Message<'_>, Error> {
    let raw: &RawValue = serde_json::from_slice(body).map_err(|error| malformed_json(&error))?;
    let no_object = |_| malformed("the reply is no object");
    let mut fields = Object::from_raw(raw).map_err(no_object)?;
    let Some(output) = fields.take_raw("output") else {
        return Err(error::in_whole(raw.get()));
    };
    let mut output = Object::from_raw(output).map_err(no_object)?;
    let message = output
        .take_raw("message")
        .ok_or_else(|| malformed("the reply has no message"))?;
    let mut message = Object::from_raw(message).map_err(no_object)?;
    message.take_raw("role");
    let content = message
        .take_raw("content")
        .ok_or_else(|| malformed("the reply has no content"))?;
    let mut calls = Calls::default();
    let parts = read_each(content, |raw| Ok(read_part(raw, &mut calls)))
        .map_err(|_| malformed("the reply's content is no array"))?;
    let reason = fields.take(finish::FIELD).ok().flatten();
    let counts = fields.take_raw("usage");
    let model_fields = fields.take_raw(MODEL_FIELDS);
    let mut beside = fields.into_rest();
    let rest = output.into_rest();
    if !rest.is_empty()
        && let Ok(rest) = RawJson::from_value(&rest)
    {
        beside.insert("output".to_owned(), rest);
    }
    Ok(Message {
        parts,
        calls,
        reason,
        usage: counts,
        ending: model_fields
            .map(|raw| (MODEL_FIELDS.to_owned(), raw.into()))
            .into_iter()
            .collect(),
        beside,
        start: message.into_extra(PROTOCOL),
    })
}

fn read_part(raw: &RawValue, calls: &mut Calls) -> ContentPart {
    match blocks::read_block(raw) {
        Ok(ContentPart::ToolCall(call)) => count_call(call, calls),
        Ok(part) => part,
        Err(_) => blocks::keep(raw),
    }
}

/// Counts a call; one of the tool that stands for a JSON answer is the answer.
fn count_call(call: ToolCall, calls: &mut Calls) -> ContentPart {
    if call.name == JSON_TOOL {
        calls.answers += 1;
        ContentPart::Text(TextPart::new(call.arguments))
    } else {
        calls.tools += 1;
        ContentPart::ToolCall(call)
    }
}
