//! A whole reply's body, and what its pieces have in common with it.

use bytes::{Bytes, BytesMut};
use outlast_types::{ChatResponse, Choice, ContentPart, Extra, FinishReason, RawJson, ReplyStart};

use super::part_out::PartWriter;
use super::spelling::Spelling;
use super::{PROTOCOL, finish, usage};
use crate::json::{Object, ObjectWriter, write_object};

pub(super) const FEEDBACK: &str = "promptFeedback";

/// Writes `response`. A reply that came in this protocol goes out byte by byte as it came.
pub(super) fn write(response: &ChatResponse, model: &str) -> Bytes {
    let start = &response.start;
    // A stream that was not asked for as events came as an array.
    if start.protocol == PROTOCOL && response.raw.trim_ascii_start().starts_with(b"{") {
        return response.raw.clone();
    }
    let mut out = BytesMut::with_capacity(1024);
    write_object(&mut out, |object| {
        if !is_blocked(response) {
            object.array("candidates", |array| {
                for choice in &response.choices {
                    array.object(|object| write_choice(object, choice, start));
                }
            });
        }
        usage::write(object, response.usage, response.raw_usage.as_ref());
        write_introduction(object, Some(start), model);
        object.extra(start.extra.as_ref(), &PROTOCOL);
    });
    out.freeze()
}

/// Tells whether the prompt was blocked, so that there is no answer.
fn is_blocked(response: &ChatResponse) -> bool {
    let says_nothing = |choice: &Choice| {
        choice.content.is_empty() && choice.finish == Some(FinishReason::ContentFilter)
    };
    response.choices.iter().all(says_nothing) && has_block(response.start.extra.as_ref())
}

/// Tells whether a reply's own fields say that the prompt was blocked.
pub(super) fn has_block(extra: Option<&Extra>) -> bool {
    let fields = extra.and_then(|extra| extra.fields_for(&PROTOCOL));
    let feedback = fields.and_then(|fields| fields.get(FEEDBACK));
    feedback
        .map(RawJson::as_raw_value)
        .and_then(|raw| Object::from_raw(raw).ok())
        .is_some_and(|feedback| feedback.get("blockReason").is_some())
}

/// Writes what every body and every chunk says of the reply.
pub(super) fn write_introduction(
    object: &mut ObjectWriter<'_>,
    start: Option<&ReplyStart>,
    model: &str,
) {
    let own = start.filter(|start| start.protocol == PROTOCOL);
    let said = start.and_then(|start| start.model.as_deref());
    // Who spoke this protocol said it or left it out.
    let model = said.or_else(|| own.is_none().then_some(model));
    object
        .optional("modelVersion", model)
        .optional("responseId", start.and_then(|start| start.id.as_deref()));
}

fn write_choice(object: &mut ObjectWriter<'_>, choice: &Choice, start: &ReplyStart) {
    let own = start.protocol == PROTOCOL;
    write_content(object, &choice.content, choice.message_extra.as_ref(), own);
    write_ending(object, choice.finish.as_ref(), choice.extra.as_ref(), own);
    object.field("index", &choice.index);
}

/// Writes the field `content`; `own` tells that it came in this protocol.
pub(super) fn write_content<'a>(
    object: &mut ObjectWriter<'_>,
    parts: impl IntoIterator<Item = &'a ContentPart>,
    extra: Option<&Extra>,
    own: bool,
) {
    let spelling = Spelling::default();
    let writer = PartWriter {
        spelling: &spelling,
        own,
    };
    object.object("content", |content| {
        content.array("parts", |array| {
            parts.into_iter().for_each(|part| writer.part(part, array));
        });
        content.field("role", "model").extra(extra, &PROTOCOL);
    });
}

/// Writes the reason for an answer's end, and what stands beside it.
pub(super) fn write_ending(
    object: &mut ObjectWriter<'_>,
    reason: Option<&FinishReason>,
    extra: Option<&Extra>,
    own: bool,
) {
    let fields = extra.and_then(|extra| extra.fields_for(&PROTOCOL));
    if !fields.is_some_and(|fields| fields.contains_key(finish::FIELD)) {
        let name = reason.map(|reason| finish::write(reason, own));
        object.optional(finish::FIELD, name);
    }
    object.extra(extra, &PROTOCOL);
}
