//! A whole reply's body.

use bytes::{Bytes, BytesMut};
use memchr::memmem;
use outlast_types::ChatResponse;

use super::blocks::{reply_block, write_block};
use super::ending::Ending;
use super::tools::JSON_TOOL;
use super::{PROTOCOL, usage};
use crate::json::{ObjectWriter, write_object};

/// Writes `response`. A reply that came in this protocol goes out byte by byte as it came.
pub(super) fn write(response: &ChatResponse) -> Bytes {
    if is_verbatim(response) {
        return response.raw.clone();
    }
    let mut out = BytesMut::with_capacity(1024);
    write_object(&mut out, |message| write_message(message, response));
    out.freeze()
}

/// Tells whether the body that was received says what the response does: not if it answers by the tool that stands for
/// a JSON answer.
fn is_verbatim(response: &ChatResponse) -> bool {
    response.start.protocol == PROTOCOL
        && !response.raw.is_empty()
        && memmem::find(&response.raw, JSON_TOOL.as_bytes()).is_none()
}

fn write_message(message: &mut ObjectWriter<'_>, response: &ChatResponse) {
    let start = &response.start;
    message
        .field("id", start.id.as_deref().unwrap_or_default())
        .field("type", "message")
        .field("role", "assistant")
        .field("model", start.model.as_deref().unwrap_or_default());
    message.array("content", |array| {
        let parts = (0..).zip(response.content());
        let reply = response.start.id.as_deref();
        let blocks = parts.filter_map(|(number, part)| reply_block(part, number, reply));
        blocks.for_each(|block| write_block(array, &block));
    });
    let choice = response.choices.first();
    let ending = Ending {
        reason: choice.and_then(|choice| choice.finish.as_ref()),
        extra: choice.and_then(|choice| choice.extra.as_ref()),
        own: start.protocol == PROTOCOL,
        called: response.tool_calls().next().is_some(),
    };
    ending.write_reason(message);
    ending.write_extra(message, |_| true);
    usage::write_whole(message, &response.usage, response.raw_usage.as_ref());
    message.extra(start.extra.as_ref(), &PROTOCOL);
}
