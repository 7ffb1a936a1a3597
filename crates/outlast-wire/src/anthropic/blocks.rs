//! Content blocks: from JSON to parts, and from planned blocks to JSON.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outlast_types::{
    Content, ContentPart, Extra, Media, MediaSource, Opaque, RawJson, Reasoning, TextPart,
    ToolCall, ToolResult,
};
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::call_ids;
use crate::json::{
    ArrayWriter, FieldError, Object, ObjectWriter, Shape, read_each, read_value, shape,
};

/// A message's content, ready to be written.
#[derive(Debug)]
pub(super) enum Planned<'a> {
    Text(Cow<'a, str>),
    Blocks(Vec<Block<'a>>),
}

/// What the id of a call begins with whose provider gave it none.
pub(super) const CALL_ID: &str = "toolu_";

/// A content block, ready to be written.
#[derive(Debug)]
pub(super) enum Block<'a> {
    Text {
        text: Cow<'a, str>,
        extra: Option<&'a Extra>,
    },
    Image(&'a Media),
    Document(&'a Media),
    ToolUse {
        id: Cow<'a, str>,
        call: &'a ToolCall,
    },
    ToolResult {
        id: Cow<'a, str>,
        result: &'a ToolResult,
        content: Planned<'a>,
    },
    Thinking(&'a Reasoning),
    Raw(&'a RawJson),
}

/// Reads what stands where text or an array of blocks may: a message's `content`, or `system`.
pub(super) fn read_content(raw: &RawValue) -> Result<Content, FieldError> {
    read_content_of(raw, read_block)
}

fn read_content_of(
    raw: &RawValue,
    read: fn(&RawValue) -> Result<ContentPart, FieldError>,
) -> Result<Content, FieldError> {
    match shape(raw) {
        Shape::String => read_value(raw).map(Content::Text),
        Shape::Array => read_each(raw, read).map(Content::Parts),
        _ => Err(FieldError::new(
            "expected a string or an array of content blocks",
        )),
    }
}

/// Reads a content block. One that the vocabulary has no name for is kept as it is.
pub(super) fn read_block(raw: &RawValue) -> Result<ContentPart, FieldError> {
    let mut block = Object::from_raw(raw)?;
    let kind = block.require::<String>("type")?;
    if kind == "tool_result" {
        read_tool_result(block).map(ContentPart::ToolResult)
    } else {
        read_simple_block(&kind, block, raw)
    }
}

/// Reads a block within a tool result. There is no result within a result; it is not looked into, for a request may
/// nest them as deep as it likes.
fn read_inner_block(raw: &RawValue) -> Result<ContentPart, FieldError> {
    let mut block = Object::from_raw(raw)?;
    let kind = block.require::<String>("type")?;
    read_simple_block(&kind, block, raw)
}

/// Reads a block that has no other blocks in it.
fn read_simple_block(
    kind: &str,
    mut block: Object<'_>,
    raw: &RawValue,
) -> Result<ContentPart, FieldError> {
    Ok(match kind {
        "text" => {
            let mut part = TextPart::new(block.require::<String>("text")?);
            part.extra = block.into_extra(PROTOCOL);
            ContentPart::Text(part)
        }
        "image" => read_media(block)?.map_or_else(|| keep(raw), ContentPart::Image),
        "document" => read_media(block)?.map_or_else(|| keep(raw), ContentPart::Document),
        "tool_use" => ContentPart::ToolCall(read_tool_use(block)?),
        "thinking" => ContentPart::Reasoning(read_thinking(block)?),
        _ => keep(raw),
    })
}

/// Keeps a block as it is.
pub(super) fn keep(raw: &RawValue) -> ContentPart {
    ContentPart::Opaque(Opaque {
        origin: PROTOCOL,
        raw: raw.into(),
    })
}

fn read_media(mut block: Object<'_>) -> Result<Option<Media>, FieldError> {
    let raw = block
        .take_raw("source")
        .ok_or_else(|| FieldError::new("required field is missing").within("source"))?;
    let source = read_source(raw).map_err(|error| error.within("source"))?;
    let Some(Source { source, is_exact }) = source else {
        return Ok(None);
    };
    let mut extra = block.into_rest();
    if !is_exact {
        extra.insert("source".to_owned(), raw.into());
    }
    let mut media = Media::new(source);
    media.extra = Extra::from_fields(PROTOCOL, extra);
    Ok(Some(media))
}

struct Source {
    source: MediaSource,
    /// Whether writing it gives back what was read.
    is_exact: bool,
}

/// Reads a `source`; `None` if the vocabulary has no name for its type.
fn read_source(raw: &RawValue) -> Result<Option<Source>, FieldError> {
    let mut source = Object::from_raw(raw)?;
    let exact = |source| Source {
        source,
        is_exact: true,
    };
    let read = match source.require::<String>("type")?.as_str() {
        "url" => exact(MediaSource::Url(source.require("url")?)),
        "file" => exact(MediaSource::FileId(source.require("file_id")?)),
        "base64" => exact(MediaSource::Base64 {
            media_type: source.require("media_type")?,
            data: source.require("data")?,
        }),
        // Plain text under the name of a document: other protocols take it as a file.
        "text" => Source {
            source: MediaSource::Base64 {
                media_type: source.require("media_type")?,
                data: STANDARD.encode(source.require::<String>("data")?),
            },
            is_exact: false,
        },
        _ => return Ok(None),
    };
    let is_exact = read.is_exact && source.into_rest().is_empty();
    Ok(Some(Source { is_exact, ..read }))
}

fn read_tool_use(mut block: Object<'_>) -> Result<ToolCall, FieldError> {
    let input = block.take_raw("input").map_or("{}", RawValue::get);
    let mut call = ToolCall::new(
        block.require::<String>("id")?,
        block.require::<String>("name")?,
        input,
    );
    call.extra = block.into_extra(PROTOCOL);
    Ok(call)
}

fn read_tool_result(mut block: Object<'_>) -> Result<ToolResult, FieldError> {
    let id: String = block.require("tool_use_id")?;
    let content = match block.get("content") {
        None => Content::Parts(Vec::new()),
        // Empty or false means the same as left out; it stays among the rest, to go back as it came.
        Some(raw) if raw.get() == "[]" => Content::Parts(Vec::new()),
        Some(_) => block.require_with("content", |raw| read_content_of(raw, read_inner_block))?,
    };
    let is_error = match block.get("is_error") {
        Some(raw) if raw.get() == "false" => false,
        _ => block.take::<bool>("is_error")?.unwrap_or(false),
    };
    let mut result = ToolResult::new(id, content);
    result.is_error = is_error;
    result.extra = block.into_extra(PROTOCOL);
    Ok(result)
}

/// Reads a thinking block. One without a signature is not the provider's: a gateway passed on another model's thinking.
fn read_thinking(mut block: Object<'_>) -> Result<Reasoning, FieldError> {
    let text: String = block.require("thinking")?;
    let signature = block
        .take::<String>("signature")?
        .filter(|signature| !signature.is_empty());
    let mut part = Reasoning::new(text, signature.is_some().then_some(PROTOCOL));
    part.signature = signature;
    part.extra = block.into_extra(PROTOCOL);
    Ok(part)
}

/// Writes a field that is text or an array of blocks.
pub(super) fn write_content(object: &mut ObjectWriter<'_>, name: &str, content: &Planned<'_>) {
    match content {
        Planned::Text(text) => {
            object.field(name, text.as_ref());
        }
        Planned::Blocks(blocks) => object.array(name, |array| {
            blocks.iter().for_each(|block| write_block(array, block));
        }),
    }
}

/// Writes a block.
pub(super) fn write_block(array: &mut ArrayWriter<'_>, block: &Block<'_>) {
    if let Block::Raw(raw) = block {
        array.value(raw);
        return;
    }
    array.object(|object| match block {
        Block::Text { text, extra } => {
            object
                .field("type", "text")
                .field("text", text.as_ref())
                .extra(*extra, &PROTOCOL);
        }
        Block::Image(media) => write_media(object, "image", media),
        Block::Document(media) => write_media(object, "document", media),
        Block::ToolUse { id, call } => write_tool_use(object, id, call),
        Block::ToolResult {
            id,
            result,
            content,
        } => write_tool_result(object, id, result, content),
        Block::Thinking(part) => write_thinking(object, part),
        Block::Raw(_) => {}
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
        ContentPart::ToolCall(call) => Block::ToolUse {
            id: if call.id.is_empty() {
                Cow::Owned(call_ids::made(CALL_ID, reply, number))
            } else {
                Cow::Borrowed(&call.id)
            },
            call,
        },
        ContentPart::Reasoning(part) => Block::Thinking(part),
        ContentPart::Opaque(opaque) if opaque.origin == PROTOCOL => Block::Raw(&opaque.raw),
        _ => return None,
    })
}

fn write_media(object: &mut ObjectWriter<'_>, kind: &str, media: &Media) {
    object.field("type", kind);
    let has_source = media
        .extra
        .as_ref()
        .and_then(|extra| extra.fields_for(&PROTOCOL))
        .is_some_and(|fields| fields.contains_key("source"));
    if !has_source {
        object.object("source", |source| write_source(source, &media.source));
    }
    object.extra(media.extra.as_ref(), &PROTOCOL);
}

fn write_source(object: &mut ObjectWriter<'_>, source: &MediaSource) {
    match source {
        MediaSource::Url(url) => {
            object.field("type", "url").field("url", url);
        }
        MediaSource::FileId(id) => {
            object.field("type", "file").field("file_id", id);
        }
        MediaSource::Base64 { media_type, data } => match plain_text(media_type, data) {
            Some(text) => {
                object
                    .field("type", "text")
                    .field("media_type", media_type)
                    .field("data", &text);
            }
            None => {
                object
                    .field("type", "base64")
                    .field("media_type", media_type)
                    .field("data", data);
            }
        },
        _ => {}
    }
}

/// Returns the text of a text file: as a document it is not taken in base64.
fn plain_text(media_type: &str, data: &str) -> Option<String> {
    (media_type == "text/plain")
        .then(|| STANDARD.decode(data).ok())
        .flatten()
        .and_then(|bytes| String::from_utf8(bytes).ok())
}

fn write_tool_use(object: &mut ObjectWriter<'_>, id: &str, call: &ToolCall) {
    object
        .field("type", "tool_use")
        .field("id", id)
        .field("name", &call.name);
    write_input(object, &call.arguments);
    object.extra(call.extra.as_ref(), &PROTOCOL);
}

/// Writes the field `input`, which must be an object. Arguments that are none, because the model was cut off, go into
/// one under a name that says so.
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

fn write_tool_result(
    object: &mut ObjectWriter<'_>,
    id: &str,
    result: &ToolResult,
    content: &Planned<'_>,
) {
    object.field("type", "tool_result").field("tool_use_id", id);
    if !matches!(content, Planned::Blocks(blocks) if blocks.is_empty()) {
        write_content(object, "content", content);
    }
    if result.is_error {
        object.field("is_error", &true);
    }
    object.extra(result.extra.as_ref(), &PROTOCOL);
}

fn write_thinking(object: &mut ObjectWriter<'_>, part: &Reasoning) {
    // Clients want the field; an empty one tells that the provider did not sign it.
    let signature = part
        .signature
        .as_deref()
        .filter(|_| part.origin == Some(PROTOCOL));
    object
        .field("type", "thinking")
        .field("thinking", &part.text)
        .field("signature", signature.unwrap_or_default())
        .extra(part.extra.as_ref(), &PROTOCOL);
}
