//! Parts: from the vocabulary to JSON, in requests and replies alike.

use std::borrow::Cow;

use outlast_types::{
    Content, ContentPart, Extra, Media, MediaSource, RawJson, Reasoning, ToolCall, ToolResult,
};
use serde_json::value::RawValue;

use super::part_in::{
    FILE_DATA, FUNCTION_CALL, FUNCTION_RESPONSE, INLINE_DATA, SIGNATURE, THOUGHT,
};
use super::spelling::Spelling;
use super::{PROTOCOL, media_type, tool_result};
use crate::json::{ArrayWriter, ObjectWriter, Shape, shape};

/// Where files lie that were uploaded to the Gemini API.
const FILES: &str = "https://generativelanguage.googleapis.com/v1beta/";

/// A part, ready to be written.
#[derive(Debug)]
pub(super) enum Item<'a> {
    /// One that is written as it is.
    Part(&'a ContentPart),
    /// Text that was put into the place of another part.
    Text(Cow<'a, str>),
    /// A call that this protocol did not sign; `signature` stands in.
    Unsigned {
        call: &'a ToolCall,
        signature: &'static str,
    },
    /// A tool's answer, with the name of the tool.
    Result {
        result: &'a ToolResult,
        name: Cow<'a, str>,
        /// Whether pictures and documents stand in it.
        with_media: bool,
    },
}

/// Writes parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartWriter<'a> {
    pub(super) spelling: &'a Spelling,
    /// Whether they came in this protocol.
    pub(super) own: bool,
}

impl PartWriter<'_> {
    /// Writes an item into the array of parts.
    pub(super) fn item(self, item: &Item<'_>, array: &mut ArrayWriter<'_>) {
        match item {
            Item::Part(part) => self.part(part, array),
            Item::Text(text) => array.object(|object| {
                object.field("text", text.as_ref());
            }),
            Item::Unsigned { call, signature } => array.object(|object| {
                self.call(call, object);
                object.field(&self.spelling.name(SIGNATURE), signature);
            }),
            Item::Result {
                result,
                name,
                with_media,
            } => array.object(|object| {
                self.result(result, name, *with_media, object);
                beside(object, result.extra.as_ref());
            }),
        }
    }

    /// Writes a part; what only another protocol understands is left out.
    pub(super) fn part(self, part: &ContentPart, array: &mut ArrayWriter<'_>) {
        if let ContentPart::Opaque(opaque) = part {
            if opaque.origin == PROTOCOL {
                array.value(&opaque.raw);
            }
            return;
        }
        array.object(|object| match part {
            ContentPart::Text(text) => {
                object.field("text", &text.text);
                beside(object, text.extra.as_ref());
            }
            ContentPart::Refusal(text) => {
                object.field("text", text);
            }
            ContentPart::Reasoning(part) => self.thought(part, object),
            ContentPart::Image(media)
            | ContentPart::Document(media)
            | ContentPart::Audio(media) => {
                self.media(media, object);
            }
            ContentPart::ToolCall(call) => {
                self.call(call, object);
                beside(object, call.extra.as_ref());
            }
            ContentPart::ToolResult(result) => {
                let name = tool_result::name(result.extra.as_ref()).unwrap_or_default();
                self.result(result, &name, true, object);
                beside(object, result.extra.as_ref());
            }
            _ => {}
        });
    }

    fn thought(self, part: &Reasoning, object: &mut ObjectWriter<'_>) {
        let signature = part
            .signature
            .as_ref()
            .filter(|_| part.origin == Some(PROTOCOL));
        object
            .field("text", &part.text)
            .field(THOUGHT, &true)
            .optional(&self.spelling.name(SIGNATURE), signature);
        beside(object, part.extra.as_ref());
    }

    fn call(self, call: &ToolCall, object: &mut ObjectWriter<'_>) {
        object.object(&self.spelling.name(FUNCTION_CALL), |inner| {
            if !call.id.is_empty() {
                inner.field("id", &call.id);
            }
            inner.field("name", &call.name);
            write_arguments(inner, &call.arguments);
            within(inner, call.extra.as_ref(), FUNCTION_CALL, &[]);
        });
    }

    fn result(
        self,
        result: &ToolResult,
        name: &str,
        with_media: bool,
        object: &mut ObjectWriter<'_>,
    ) {
        object.object(&self.spelling.name(FUNCTION_RESPONSE), |inner| {
            if !result.call_id.is_empty() {
                inner.field("id", &result.call_id);
            }
            inner.field("name", name);
            let texts: Vec<&str> = result.content.texts().collect();
            match (&result.content, texts.as_slice()) {
                (Content::Text(text), _) => {
                    tool_result::write_response(inner, text, result.is_error);
                }
                // The API wants the field; who spoke this protocol left it out.
                (Content::Parts(_), []) if self.own => {}
                (Content::Parts(_), texts) => {
                    tool_result::write_response(inner, &texts.join("\n"), result.is_error);
                }
            }
            let media = || {
                result
                    .content
                    .parts()
                    .iter()
                    .filter(|part| is_beside_text(part))
            };
            if with_media && media().next().is_some() {
                inner.array("parts", |array| {
                    media().for_each(|part| self.part(part, array));
                });
            }
            within(inner, result.extra.as_ref(), FUNCTION_RESPONSE, &["name"]);
        });
    }

    fn media(self, media: &Media, object: &mut ObjectWriter<'_>) {
        let extra = media.extra.as_ref();
        match &media.source {
            MediaSource::Base64 { media_type, data } => {
                object.object(&self.spelling.name(INLINE_DATA), |inner| {
                    inner.field(&self.spelling.name("mimeType"), media_type);
                    if field_within(extra, INLINE_DATA, "data").is_none() {
                        inner.field("data", data);
                    }
                    within(inner, extra, INLINE_DATA, &[]);
                });
            }
            MediaSource::Url(uri) => self.file(uri, extra, object),
            MediaSource::FileId(id) if id.starts_with("files/") && !self.own => {
                self.file(&format!("{FILES}{id}"), extra, object);
            }
            MediaSource::FileId(id) => self.file(id, extra, object),
            _ => {}
        }
        beside(object, extra);
    }

    fn file(self, uri: &str, extra: Option<&Extra>, object: &mut ObjectWriter<'_>) {
        let is_known = ["mimeType", "mime_type"]
            .iter()
            .any(|name| field_within(extra, FILE_DATA, name).is_some());
        let media_type = media_type::of_address(uri).filter(|_| !self.own && !is_known);
        object.object(&self.spelling.name(FILE_DATA), |inner| {
            inner
                .optional(&self.spelling.name("mimeType"), media_type)
                .field(&self.spelling.name("fileUri"), uri);
            within(inner, extra, FILE_DATA, &[]);
        });
    }
}

/// Tells whether a part of a tool's answer stands beside its text.
pub(super) fn is_beside_text(part: &ContentPart) -> bool {
    !matches!(part, ContentPart::Text(_))
}

/// Writes the field `args`, which must be an object. Arguments that are none, because the model was cut off, go into
/// one under a name that says so.
fn write_arguments(object: &mut ObjectWriter<'_>, arguments: &str) {
    if arguments.trim().is_empty() {
        return;
    }
    match as_object(arguments) {
        Some(raw) => {
            object.field("args", raw);
        }
        None => object.object("args", |args| {
            args.field("invalid_arguments", arguments);
        }),
    }
}

/// Reads arguments that are a JSON object.
pub(super) fn as_object(arguments: &str) -> Option<&RawValue> {
    let raw: &RawValue = serde_json::from_str(arguments).ok()?;
    (shape(raw) == Shape::Object).then_some(raw)
}

/// Writes the extra fields that stand beside the one that says what a part is.
fn beside(object: &mut ObjectWriter<'_>, extra: Option<&Extra>) {
    for (name, value) in own(extra) {
        if !name.contains('.') {
            object.field(name, value);
        }
    }
}

/// Writes the extra fields that stand within the one that says what a part is.
fn within(object: &mut ObjectWriter<'_>, extra: Option<&Extra>, field: &str, written: &[&str]) {
    for (name, value) in own(extra) {
        if let Some(name) = name
            .strip_prefix(field)
            .and_then(|name| name.strip_prefix('.'))
            && !written.contains(&name)
        {
            object.field(name, value);
        }
    }
}

fn field_within<'a>(extra: Option<&'a Extra>, field: &str, name: &str) -> Option<&'a RawJson> {
    own(extra)
        .find(|(key, _)| {
            let key = key
                .strip_prefix(field)
                .and_then(|key| key.strip_prefix('.'));
            key == Some(name)
        })
        .map(|(_, value)| value)
}

fn own(extra: Option<&Extra>) -> impl Iterator<Item = (&String, &RawJson)> {
    extra
        .and_then(|extra| extra.fields_for(&PROTOCOL))
        .into_iter()
        .flatten()
}
