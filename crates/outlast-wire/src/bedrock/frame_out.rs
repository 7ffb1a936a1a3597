//! The frames of a streamed reply.

use std::collections::BTreeMap;

use bytes::BytesMut;
use outlast_types::{Error, Extra, Opaque, RawJson, ReplyStart, Usage};
use serde::Serialize;

use super::{PROTOCOL, error, finish, usage};
use crate::event_stream::{HeaderValue, write_frame};
use crate::json::{ObjectWriter, write_object};

/// The start of a block of a tool.
#[derive(Debug)]
pub(super) struct BlockStart<'a> {
    /// `toolUse`, or whatever else has a start.
    pub(super) kind: &'a str,
    pub(super) fields: BTreeMap<String, RawJson>,
}

/// Appends an event; `write` writes the fields of its payload.
pub(super) fn write_event(
    name: &str,
    out: &mut BytesMut,
    write: impl FnOnce(&mut ObjectWriter<'_>),
) {
    let mut payload = BytesMut::with_capacity(256);
    write_object(&mut payload, write);
    write_payload(name, &payload, out);
}

/// Appends an event that is a payload as it is.
pub(super) fn write_payload(name: &str, payload: &[u8], out: &mut BytesMut) {
    let headers = [
        (":event-type", HeaderValue::String(name)),
        (":content-type", HeaderValue::String("application/json")),
        (":message-type", HeaderValue::String("event")),
    ];
    write_frame(&headers, payload, out);
}

/// Appends the exception that ends a stream.
pub(super) fn write_exception(failure: &Error, out: &mut BytesMut) {
    let mut payload = BytesMut::new();
    error::write_body(failure, &mut payload);
    let name = error::exception_name(failure.kind());
    let headers = [
        (":exception-type", HeaderValue::String(name)),
        (":content-type", HeaderValue::String("application/json")),
        (":message-type", HeaderValue::String("exception")),
    ];
    write_frame(&headers, &payload, out);
}

pub(super) fn write_message_start(start: Option<&ReplyStart>, out: &mut BytesMut) {
    write_event("messageStart", out, |event| {
        event.field("role", "assistant");
        event.extra(start.and_then(|start| start.extra.as_ref()), &PROTOCOL);
    });
}

pub(super) fn write_block_start(index: u32, start: &BlockStart<'_>, out: &mut BytesMut) {
    write_event("contentBlockStart", out, |event| {
        event.field("contentBlockIndex", &index);
        event.object("start", |block| {
            block.object(start.kind, |fields| {
                fields.fields(&start.fields);
            });
        });
    });
}

/// Appends a delta that has one field.
pub(super) fn write_delta<T: Serialize + ?Sized>(
    index: u32,
    name: &str,
    value: &T,
    out: &mut BytesMut,
) {
    write_event("contentBlockDelta", out, |event| {
        event.field("contentBlockIndex", &index);
        event.object("delta", |delta| {
            delta.field(name, value);
        });
    });
}

pub(super) fn write_arguments_delta(index: u32, json: &str, out: &mut BytesMut) {
    write_delta(index, "toolUse", &BTreeMap::from([("input", json)]), out);
}

/// Appends more thoughts: `text`, `signature` or `redactedContent`.
pub(super) fn write_thought_delta(index: u32, name: &str, text: &str, out: &mut BytesMut) {
    write_delta(
        index,
        "reasoningContent",
        &BTreeMap::from([(name, text)]),
        out,
    );
}

pub(super) fn write_block_stop(index: u32, out: &mut BytesMut) {
    write_event("contentBlockStop", out, |event| {
        event.field("contentBlockIndex", &index);
    });
}

/// Appends the end of the answer: `reason`, unless `extra` has it word for word.
pub(super) fn write_message_stop(reason: &str, extra: Option<&Extra>, out: &mut BytesMut) {
    write_event("messageStop", out, |event| {
        write_reason(event, reason, extra)
    });
}

/// Writes `stopReason` and what is told with it.
pub(super) fn write_reason(object: &mut ObjectWriter<'_>, reason: &str, extra: Option<&Extra>) {
    let own = extra.and_then(|extra| extra.fields_for(&PROTOCOL));
    if own.is_none_or(|fields| !fields.contains_key(finish::FIELD)) {
        object.field(finish::FIELD, reason);
    }
    object.extra(extra, &PROTOCOL);
}

pub(super) fn write_metadata(
    counts: &Usage,
    raw_counts: Option<&Opaque>,
    extra: Option<&Extra>,
    out: &mut BytesMut,
) {
    write_event("metadata", out, |event| {
        usage::write(event, counts, raw_counts);
        event.extra(extra, &PROTOCOL);
    });
}
