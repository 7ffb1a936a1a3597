//! The frames of a streamed reply.

use std::collections::BTreeMap;

use bytes::{BufMut, BytesMut};
use outlast_types::{Extra, Opaque, RawJson, ReplyStart, Usage};
use serde::Serialize;

use super::ending::Ending;
use super::{PROTOCOL, usage};
use crate::json::{ObjectWriter, write_object};
use crate::sse::write_json_line;

/// A block that is streamed, as it begins.
#[derive(Debug)]
pub(super) enum BlockStart<'a> {
    Text,
    Thinking,
    Call {
        id: &'a str,
        name: &'a str,
    },
    /// Of any other type: its fields as they are.
    Raw(&'a BTreeMap<String, RawJson>),
}

/// Appends one event; `write` appends its data.
pub(super) fn write_event(name: &str, out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    out.put_slice(b"event: ");
    out.put_slice(name.as_bytes());
    out.put_slice(b"\ndata: ");
    write_json_line(out, write);
    out.put_slice(b"\n\n");
}

/// Appends an event that is an object with its name as `type`.
fn write_typed(name: &str, out: &mut BytesMut, write: impl FnOnce(&mut ObjectWriter<'_>)) {
    write_event(name, out, |out| {
        write_object(out, |object| {
            object.field("type", name);
            write(object);
        });
    });
}

pub(super) fn write_message_start(
    start: Option<&ReplyStart>,
    model: &str,
    counts: &Usage,
    raw_counts: Option<&Opaque>,
    out: &mut BytesMut,
) {
    let id = start.and_then(|start| start.id.as_deref());
    let model = start
        .and_then(|start| start.model.as_deref())
        .unwrap_or(model);
    write_typed("message_start", out, |object| {
        object.object("message", |message| {
            message
                .field("id", id.unwrap_or("msg_outlast"))
                .field("type", "message")
                .field("role", "assistant")
                .field("model", model)
                .field("content", &[(); 0])
                .field("stop_reason", &())
                .field("stop_sequence", &());
            usage::write(message, counts, raw_counts);
            message.extra(start.and_then(|start| start.extra.as_ref()), &PROTOCOL);
        });
    });
}

pub(super) fn write_block_start(
    index: u32,
    start: &BlockStart<'_>,
    extra: Option<&Extra>,
    out: &mut BytesMut,
) {
    write_typed("content_block_start", out, |object| {
        object.field("index", &index);
        object.object("content_block", |block| {
            match start {
                BlockStart::Text => block.field("type", "text").field("text", ""),
                BlockStart::Thinking => block
                    .field("type", "thinking")
                    .field("thinking", "")
                    .field("signature", ""),
                BlockStart::Call { id, name } => block
                    .field("type", "tool_use")
                    .field("id", id)
                    .field("name", name)
                    .field("input", &BTreeMap::<&str, ()>::new()),
                BlockStart::Raw(fields) => block.fields(fields),
            };
            block.extra(extra, &PROTOCOL);
        });
    });
}

pub(super) fn write_text_delta(index: u32, text: &str, out: &mut BytesMut) {
    write_delta(index, r#""text_delta","text""#, text, out);
}

pub(super) fn write_thinking_delta(index: u32, text: &str, out: &mut BytesMut) {
    write_delta(index, r#""thinking_delta","thinking""#, text, out);
}

pub(super) fn write_signature_delta(index: u32, signature: &str, out: &mut BytesMut) {
    write_delta(index, r#""signature_delta","signature""#, signature, out);
}

pub(super) fn write_arguments_delta(index: u32, json: &str, out: &mut BytesMut) {
    write_delta(index, r#""input_json_delta","partial_json""#, json, out);
}

pub(super) fn write_citation_delta(index: u32, citation: &RawJson, out: &mut BytesMut) {
    write_typed("content_block_delta", out, |object| {
        object.field("index", &index).object("delta", |delta| {
            delta
                .field("type", "citations_delta")
                .field("citation", citation);
        });
    });
}

/// Appends a delta of one text. Streams are made of little else, so it is written straight out.
fn write_delta(index: u32, names: &str, text: &str, out: &mut BytesMut) {
    out.put_slice(
        b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":",
    );
    write_json(&index, out);
    out.put_slice(b",\"delta\":{\"type\":");
    out.put_slice(names.as_bytes());
    out.put_u8(b':');
    write_json(text, out);
    out.put_slice(b"}}\n\n");
}

fn write_json<T: Serialize + ?Sized>(value: &T, out: &mut BytesMut) {
    let written = serde_json::to_writer(out.writer(), value);
    debug_assert!(written.is_ok(), "strings and numbers always have a text");
}

pub(super) fn write_block_stop(index: u32, out: &mut BytesMut) {
    write_typed("content_block_stop", out, |object| {
        object.field("index", &index);
    });
}

/// The extra field of an ending that stands beside `delta`, not in it.
const BESIDE_DELTA: &str = "context_management";

pub(super) fn write_message_delta(
    ending: &Ending<'_>,
    counts: &Usage,
    raw_counts: Option<&Opaque>,
    out: &mut BytesMut,
) {
    write_typed("message_delta", out, |object| {
        object.object("delta", |delta| {
            ending.write_reason(delta);
            ending.write_extra(delta, |name| name != BESIDE_DELTA);
        });
        usage::write(object, counts, raw_counts);
        ending.write_extra(object, |name| name == BESIDE_DELTA);
    });
}

pub(super) fn write_message_stop(out: &mut BytesMut) {
    write_typed("message_stop", out, |_| {});
}

pub(super) fn write_ping(out: &mut BytesMut) {
    write_typed("ping", out, |_| {});
}

/// Appends an event of this protocol that was handed on as it is; a block it names is the one of number `index` here.
pub(super) fn write_raw(raw: &RawJson, index: u32, out: &mut BytesMut) {
    let Ok(fields) = raw.read::<BTreeMap<String, RawJson>>() else {
        return;
    };
    let name = fields
        .get("type")
        .and_then(|name| name.read::<String>().ok());
    let Some(name) = name.filter(|name| is_event_name(name)) else {
        return;
    };
    write_event(&name, out, |out| {
        write_object(out, |object| {
            for (name, value) in &fields {
                if name == "index" {
                    object.field(name, &index);
                } else {
                    object.field(name, value);
                }
            }
        });
    });
}

/// Tells whether a name can stand in an `event:` line.
fn is_event_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['\n', '\r', '\0'])
}
