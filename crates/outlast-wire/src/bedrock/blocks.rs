//! Content blocks: from JSON to parts, and from planned blocks to JSON.
//!
//! A block is an object with one field, whose name says what it is: `{"text": "Hi"}`.

use std::borrow::Cow;

use outlast_types::{
    Content, ContentPart, Extra, Opaque, RawJson, Reasoning, TextPart, ToolCall, ToolResult,
};
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::media::{self, MediaKind, PlannedMedia};
use crate::call_ids;
use crate::json::{ArrayWriter, FieldError, Object, ObjectWriter, Shape, read_each, shape};

/// The field of a block whose text has sources.
pub(super) const CITATIONS: &str = "citationsContent";

/// The field of a tool result's part that is no text but JSON.
const JSON: &str = "json";

/// What the id of a call begins with whose provider gave it none.
pub(super) const CALL_ID: &str = "tooluse_";

/// A content block, ready to be written.
#[derive(Debug)]
pub(super) enum Block<'a> {
    Text {
        text: Cow<'a, str>,
        extra: Option<&'a Extra>,
    },
    Media(PlannedMedia<'a>),
    ToolUse {
        id: Cow<'a, str>,
        call: &'a ToolCall,
    },
    ToolResult {
        id: Cow<'a, str>,
        result: &'a ToolResult,
        content: Vec<Self>,
    },
    Reasoning(&'a Reasoning),
    Raw(&'a RawJson),
}

/// Reads an array of blocks.
pub(super) fn read_blocks(raw: &RawValue) -> Result<Content, FieldError> {
    read_each(raw, read_block).map(Content::Parts)
}

/// Reads a content block. One that the vocabulary has no name for is kept as it is.
pub(super) fn read_block(raw: &RawValue) -> Result<ContentPart, FieldError> {
    let mut block = Object::from_raw(raw)?;
    if let Some(result) = block.take_with("toolResult", read_tool_result)? {
        return Ok(result.map_or_else(|| keep(raw), ContentPart::ToolResult));
    }
    read_simple_block(block, raw)
}

/// Reads a block within a tool result. There is no result within a result; it is not looked into, for a request may nest
/// them as deep as it likes.
fn read_inner_block(raw: &RawValue) -> Result<ContentPart, FieldError> {
    let block = Object::from_raw(raw)?;
    match block.get(JSON) {
        Some(json) => Ok(json_as_text(json)),
        None => read_simple_block(block, raw),
    }
}

/// Reads a block that has no other blocks in it.
fn read_simple_block(mut block: Object<'_>, raw: &RawValue) -> Result<ContentPart, FieldError> {
    if let Some(text) = block.take::<String>("text")? {
        let mut part = TextPart::new(text);
        part.extra = block.into_extra(PROTOCOL);
        return Ok(ContentPart::Text(part));
    }
    if let Some(call) = block.take_with("toolUse", read_tool_use)? {
        return Ok(call.map_or_else(|| keep(raw), ContentPart::ToolCall));
    }
    if let Some(thoughts) = block.take_with("reasoningContent", read_reasoning)? {
        return Ok(thoughts.map_or_else(|| keep(raw), ContentPart::Reasoning));
    }
    if let Some(cited) = block.take_with(CITATIONS, read_cited)? {
        return Ok(cited.map_or_else(|| keep(raw), ContentPart::Text));
    }
    for kind in [MediaKind::Image, MediaKind::Document, MediaKind::Audio] {
        if let Some(media) = block.take_with(kind.as_str(), |raw| media::read(kind, raw))? {
            return Ok(media.map_or_else(|| keep(raw), |media| kind.part(media)));
        }
    }
    Ok(keep(raw))
}

/// Keeps a block as it is.
pub(super) fn keep(raw: &RawValue) -> ContentPart {
    ContentPart::Opaque(Opaque {
        origin: PROTOCOL,
        raw: raw.into(),
    })
}

/// Reads a call of the caller's tool. A tool that the provider runs itself has another `type`: `None`.
pub(super) fn read_tool_use(raw: &RawValue) -> Result<Option<ToolCall>, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    if !is_callers(fields.get("type"), "tool_use") {
        return Ok(None);
    }
    let id: String = fields.require("toolUseId")?;
    let name: String = fields.require("name")?;
    let input = fields.take_raw("input").map_or("{}", RawValue::get);
    let mut call = ToolCall::new(id, name, input);
    call.extra = fields.into_extra(PROTOCOL);
    Ok(Some(call))
}

/// Tells whether the `type` of a call or result says that the tool is the caller's; most have none.
pub(super) fn is_callers(kind: Option<&RawValue>, name: &str) -> bool {
    kind.is_none_or(|kind| kind.get().trim_matches('"') == name)
}

fn read_tool_result(raw: &RawValue) -> Result<Option<ToolResult>, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    if !is_callers(fields.get("type"), "tool_result") {
        return Ok(None);
    }
    let id: String = fields.require("toolUseId")?;
    let content = fields.require_with("content", |raw| read_each(raw, read_inner_block))?;
    let mut result = ToolResult::new(id, content);
    // A success is usually not said: that it is stays with the result.
    if fields
        .get("status")
        .is_some_and(|status| status.get() == r#""error""#)
    {
        fields.take_raw("status");
        result.is_error = true;
    }
    result.extra = fields.into_extra(PROTOCOL);
    Ok(Some(result))
}

/// Takes JSON as the text that other protocols want.
fn json_as_text(json: &RawValue) -> ContentPart {
    let mut part = TextPart::new(json.get());
    let fields = [(JSON.to_owned(), RawJson::from(json))];
    part.extra = Extra::from_fields(PROTOCOL, fields.into());
    ContentPart::Text(part)
}

/// Reads thoughts in words; `None` for those that cannot be read.
pub(super) fn read_reasoning(raw: &RawValue) -> Result<Option<Reasoning>, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let Some(mut words) = fields.take::<Object<'_>>("reasoningText")? else {
        return Ok(None);
    };
    if !fields.into_rest().is_empty() {
        return Ok(None);
    }
    let text = words.take::<String>("text")?.unwrap_or_default();
    let mut part = Reasoning::new(text, Some(PROTOCOL));
    part.signature = words.take("signature")?;
    part.extra = words.into_extra(PROTOCOL);
    Ok(Some(part))
}

/// Reads text with its sources; `None` if there are but sources. They are kept beside the text; so is the text itself if it
/// comes in pieces.
fn read_cited(raw: &RawValue) -> Result<Option<TextPart>, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let pieces = match fields.get("content") {
        Some(raw) => read_each(raw, read_piece)?,
        None => Vec::new(),
    };
    if matches!(pieces.as_slice(), [Piece { is_exact: true, .. }]) {
        fields.take_raw("content");
    }
    let text: String = pieces.into_iter().map(|piece| piece.text).collect();
    if text.is_empty() {
        return Ok(None);
    }
    let mut part = TextPart::new(text);
    let rest = RawJson::from_value(&fields.into_rest());
    let fields = rest.ok().map(|rest| (CITATIONS.to_owned(), rest));
    part.extra = Extra::from_fields(PROTOCOL, fields.into_iter().collect());
    Ok(Some(part))
}

struct Piece {
    text: String,
    /// Whether it is nothing but text.
    is_exact: bool,
}

fn read_piece(raw: &RawValue) -> Result<Piece, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let text = fields.take("text")?;
    Ok(Piece {
        is_exact: text.is_some() && fields.into_rest().is_empty(),
        text: text.unwrap_or_default(),
    })
}

/// Writes a block.
pub(super) fn write_block(array: &mut ArrayWriter<'_>, block: &Block<'_>) {
    if let Block::Raw(raw) = block {
        array.value(raw);
        return;
    }
    array.object(|object| match block {
        Block::Text { text, extra } => write_text(object, text, *extra),
        Block::Media(media) => media.write(object),
        Block::ToolUse { id, call } => object.object("toolUse", |fields| {
            fields
                .field("toolUseId", id.as_ref())
                .field("name", &call.name);
            write_input(fields, &call.arguments);
            fields.extra(call.extra.as_ref(), &PROTOCOL);
        }),
        Block::ToolResult {
            id,
            result,
            content,
        } => object.object("toolResult", |fields| {
            fields.field("toolUseId", id.as_ref());
            fields.array("content", |array| {
                content.iter().for_each(|block| write_block(array, block));
            });
            if result.is_error {
                fields.field("status", "error");
            }
            fields.extra(result.extra.as_ref(), &PROTOCOL);
        }),
        Block::Reasoning(part) => write_reasoning(object, part),
        Block::Raw(_) => {}
    });
}

fn write_text(object: &mut ObjectWriter<'_>, text: &str, extra: Option<&Extra>) {
    let fields = extra.and_then(|extra| extra.fields_for(&PROTOCOL));
    if let Some(cited) = fields.and_then(|fields| fields.get(CITATIONS)) {
        return write_cited(object, text, cited);
    }
    if fields.is_none_or(|fields| !fields.contains_key(JSON)) {
        object.field("text", text);
    }
    object.extra(extra, &PROTOCOL);
}

fn write_cited(object: &mut ObjectWriter<'_>, text: &str, cited: &RawJson) {
    let cited = cited
        .read::<std::collections::BTreeMap<String, RawJson>>()
        .unwrap_or_default();
    object.object(CITATIONS, |fields| {
        if !cited.contains_key("content") {
            fields.array("content", |array| {
                array.object(|piece| {
                    piece.field("text", text);
                });
            });
        }
        fields.fields(&cited);
    });
}

/// Writes the field `input`, which must be an object. Arguments that are none, because the model was cut off, go into one
/// under a name that says so.
fn write_input(object: &mut ObjectWriter<'_>, arguments: &str) {
    match as_object(arguments) {
        Some(input) => {
            object.field("input", input);
        }
        None => object.object("input", |input| {
            if !arguments.trim().is_empty() {
                input.field("invalid_arguments", arguments);
            }
        }),
    }
}

/// Reads arguments that are a JSON object.
pub(super) fn as_object(arguments: &str) -> Option<&RawValue> {
    let raw: &RawValue = serde_json::from_str(arguments).ok()?;
    (shape(raw) == Shape::Object).then_some(raw)
}

fn write_reasoning(object: &mut ObjectWriter<'_>, part: &Reasoning) {
    let signature = part
        .signature
        .as_deref()
        .filter(|_| part.origin == Some(PROTOCOL));
    object.object("reasoningContent", |content| {
        content.object("reasoningText", |words| {
            words
                .field("text", &part.text)
                .optional("signature", signature)
                .extra(part.extra.as_ref(), &PROTOCOL);
        });
    });
}

/// Returns a part of a reply as a block; `None` for one that a reply cannot have.
///
/// `number` is its place among the parts, and `reply` the reply's id, if it has one.
pub(super) fn reply_block<'a>(
    part: &'a ContentPart,
    number: u32,
    reply: Option<&str>,
) -> Option<Block<'a>> {
    Some(match part {
        ContentPart::Text(part) => Block::Text {
            text: Cow::Borrowed(&part.text),
            extra: part.extra.as_ref(),
        },
        ContentPart::Refusal(text) => Block::Text {
            text: Cow::Borrowed(text),
            extra: None,
        },
        ContentPart::Image(media) => {
            Block::Media(PlannedMedia::plan(MediaKind::Image, media, 1).ok()?)
        }
        ContentPart::ToolCall(call) => Block::ToolUse {
            id: if call.id.is_empty() {
                Cow::Owned(call_ids::made(CALL_ID, reply, number))
            } else {
                Cow::Borrowed(&call.id)
            },
            call,
        },
        ContentPart::Reasoning(part) => Block::Reasoning(part),
        ContentPart::Opaque(opaque) if opaque.origin == PROTOCOL => Block::Raw(&opaque.raw),
        _ => return None,
    })
}
