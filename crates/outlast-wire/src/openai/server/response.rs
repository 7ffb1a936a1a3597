//! Writes whole replies.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use outlast_types::{ChatResponse, Choice, ContentPart, FinishReason, ToolCall};

use super::super::{PROTOCOL, encode, finish, shape, usage};
use crate::call_ids;
use crate::json::{ObjectWriter, write_object};

/// The id of a reply that its provider gave none.
pub(super) const NO_ID: &str = "chatcmpl-outlast";

/// Writes the body for `response`. One that came in this protocol is passed on as it was received.
pub(super) fn write(response: &ChatResponse, now: i64) -> Bytes {
    if response.start.protocol == PROTOCOL && !response.raw.is_empty() {
        return response.raw.slice_ref(response.raw.trim_ascii());
    }
    let mut body = BytesMut::with_capacity(1024);
    write_object(&mut body, |object| write_fields(object, response, now));
    body.freeze()
}

fn write_fields(object: &mut ObjectWriter<'_>, response: &ChatResponse, now: i64) {
    let start = &response.start;
    object
        .field("id", start.id.as_deref().unwrap_or(NO_ID))
        .field("object", "chat.completion")
        .field("created", &start.created.unwrap_or(now))
        .field("model", start.model.as_deref().unwrap_or_default());
    object.array("choices", |array| {
        for choice in &response.choices {
            array.object(|object| write_choice(object, choice, start.id.as_deref()));
        }
    });
    usage::write(object, response.usage, response.raw_usage.as_ref());
    object.extra(start.extra.as_ref(), &PROTOCOL);
}

fn write_choice(object: &mut ObjectWriter<'_>, choice: &Choice, reply: Option<&str>) {
    object.field("index", &choice.index);
    object.object("message", |message| write_message(message, choice, reply));
    let reason = choice.finish.as_ref().map(finish_of);
    let extra = choice.extra.as_ref();
    let has_logprobs = extra.is_some_and(|extra| extra.fields.contains_key("logprobs"));
    if !has_logprobs {
        object.field("logprobs", &());
    }
    object.field("finish_reason", &reason);
    object.extra(extra, &PROTOCOL);
}

fn finish_of(reason: &FinishReason) -> &str {
    finish::write(reason)
}

fn write_message(object: &mut ObjectWriter<'_>, choice: &Choice, reply: Option<&str>) {
    let text = joined(choice, |part| part.as_text());
    let refusal = joined(choice, |part| match part {
        ContentPart::Refusal(text) => Some(text),
        _ => None,
    });
    let reasoning = joined(choice, |part| match part {
        ContentPart::Reasoning(part) => Some(&part.text),
        _ => None,
    });
    let calls: Vec<&ToolCall> = choice
        .content
        .iter()
        .filter_map(|part| match part {
            ContentPart::ToolCall(call) => Some(call),
            _ => None,
        })
        .collect();
    let says_nothing = refusal.is_none() && calls.is_empty();
    let text = text.or_else(|| says_nothing.then(String::new));

    object
        .field("role", "assistant")
        .field("content", &text)
        .field("refusal", &refusal)
        .optional(shape::REASONING_CONTENT, reasoning.as_ref());
    if !calls.is_empty() {
        object.array("tool_calls", |array| {
            for (number, call) in (0..).zip(calls) {
                let id = call_id(call, reply, number);
                array.object(|object| encode::write_call(call, &id, object));
            }
        });
    }
    object.extra(choice.message_extra.as_ref(), &PROTOCOL);
}

/// Returns the id of a call. This protocol's clients need one where other providers give none.
pub(super) fn call_id<'a>(call: &'a ToolCall, reply: Option<&str>, number: u32) -> Cow<'a, str> {
    if call.id.is_empty() {
        Cow::Owned(call_ids::made("call_", reply, number))
    } else {
        Cow::Borrowed(&call.id)
    }
}

/// Joins the texts that `pick` finds; `None` if there is no text at all.
fn joined(choice: &Choice, pick: impl Fn(&ContentPart) -> Option<&str>) -> Option<String> {
    let text: String = choice.content.iter().filter_map(pick).collect();
    (!text.is_empty()).then_some(text)
}
