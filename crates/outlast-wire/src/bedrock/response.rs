//! A whole reply's body.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use memchr::memmem;
use outlast_types::{ChatResponse, RawJson};

use super::blocks::{reply_block, write_block};
use super::frame_out::write_reason;
use super::{PROTOCOL, finish, usage};
use crate::anthropic::JSON_TOOL;
use crate::json::{ObjectWriter, write_object};

/// Writes `response`. A reply that came in this protocol goes out byte by byte as it came.
pub(super) fn write(response: &ChatResponse) -> Bytes {
    if is_verbatim(response) {
        return response.raw.clone();
    }
    let mut out = BytesMut::with_capacity(1024);
    write_object(&mut out, |object| write_fields(object, response));
    out.freeze()
}

/// Tells whether the body that was received says what the response does: not if it answers by the tool that stands for a
/// JSON answer.
fn is_verbatim(response: &ChatResponse) -> bool {
    response.start.protocol == PROTOCOL
        && !response.raw.is_empty()
        && memmem::find(&response.raw, JSON_TOOL.as_bytes()).is_none()
}

fn write_fields(object: &mut ObjectWriter<'_>, response: &ChatResponse) {
    let choice = response.choices.first();
    let beside = choice
        .and_then(|choice| choice.message_extra.as_ref())
        .and_then(|extra| extra.fields_for(&PROTOCOL));
    write_output(object, response, beside);
    let own = response.start.protocol == PROTOCOL;
    let called = response.tool_calls().next().is_some();
    let reason = response
        .finish()
        .map(|reason| finish::write(reason, own, called));
    let extra = choice.and_then(|choice| choice.extra.as_ref());
    write_reason(object, reason.unwrap_or("end_turn"), extra);
    usage::write(object, &response.usage, response.raw_usage.as_ref());
    for (name, value) in beside.into_iter().flatten() {
        if name != "output" {
            object.field(name, value);
        }
    }
}

fn write_output(
    object: &mut ObjectWriter<'_>,
    response: &ChatResponse,
    beside: Option<&BTreeMap<String, RawJson>>,
) {
    let rest = beside.and_then(|fields| fields.get("output")?.read().ok());
    object.object("output", |output| {
        output.object("message", |message| {
            message.field("role", "assistant");
            message.array("content", |array| {
                let parts = (0..).zip(response.content());
                let reply = response.start.id.as_deref();
                let blocks = parts.filter_map(|(number, part)| reply_block(part, number, reply));
                blocks.for_each(|block| write_block(array, &block));
            });
            message.extra(response.start.extra.as_ref(), &PROTOCOL);
        });
        output.fields(&rest.unwrap_or_default());
    });
}
