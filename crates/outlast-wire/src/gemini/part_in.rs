//! Parts: from JSON to the vocabulary, in requests and replies alike.
//!
//! A part is an object with one field that says what it is, and others beside it: whether it is a thought, its
//! signature. The fields beside it become extra fields of the part; those within the one that says what it is, too,
//! under its name and a dot: `functionCall.willContinue`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::BytesMut;
use outlast_types::{
    ContentPart, Extra, Media, MediaSource, Opaque, RawJson, Reasoning, TextPart, ToolCall,
};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess};
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::media_type::{self, MediaKind};
use super::spelling::Spelling;
use super::tool_result;
use crate::json::{Mirror, Object, Shape, Text, read_mirror, shape, write_object};

pub(super) const FUNCTION_CALL: &str = "functionCall";
pub(super) const FUNCTION_RESPONSE: &str = "functionResponse";
pub(super) const INLINE_DATA: &str = "inlineData";
pub(super) const FILE_DATA: &str = "fileData";
pub(super) const SIGNATURE: &str = "thoughtSignature";
pub(super) const THOUGHT: &str = "thought";

type Fields = BTreeMap<String, RawJson>;

/// The fields of a part.
#[derive(Debug, Default)]
pub(super) struct PartFields<'a> {
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) thought: Option<bool>,
    rest: Object<'a>,
}

impl<'de> Mirror<'de> for PartFields<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "text" => {
                let text: Option<Text<'de>> = map.next_value()?;
                self.text = text.map(|text| text.0);
            }
            THOUGHT => self.thought = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PartFields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

impl<'a> PartFields<'a> {
    /// Tells whether there is nothing but text, or a thought.
    pub(super) fn is_plain_text(&self) -> bool {
        self.text.is_some() && self.rest.is_empty()
    }

    /// Returns the field in `camel`'s either spelling.
    fn find(
        &self,
        camel: &'static str,
        spelling: &mut Spelling,
    ) -> Option<(Cow<'a, str>, &'a RawValue)> {
        let mut fields = self.rest.fields().iter();
        let found = fields.find(|(name, raw)| raw.get() != "null" && spelling.is(name, camel));
        found.cloned()
    }

    /// Returns the part word for word.
    fn into_opaque(self) -> ContentPart {
        let mut out = BytesMut::new();
        write_object(&mut out, |object| {
            object
                .optional("text", self.text.as_ref())
                .optional(THOUGHT, self.thought.as_ref());
            for (name, value) in self.rest.fields() {
                object.field(name, value);
            }
        });
        let raw = String::from_utf8_lossy(&out).into_owned();
        ContentPart::Opaque(Opaque {
            origin: PROTOCOL,
            // It was just written.
            raw: RawJson::parse(raw).unwrap_or_else(|_| serde_json::Value::Null.into()),
        })
    }
}

/// Reads a part. One that the vocabulary has no name for is kept as it is.
pub(super) fn read(mut fields: PartFields<'_>, spelling: &mut Spelling) -> ContentPart {
    if let Some(text) = fields.text.take() {
        return read_text(text, fields, spelling);
    }
    for (name, read) in [
        (FUNCTION_CALL, read_call as ReadDatum),
        (FUNCTION_RESPONSE, tool_result::read),
        (INLINE_DATA, read_inline_data),
        (FILE_DATA, read_file_data),
    ] {
        let Some((spelled, raw)) = fields.find(name, spelling) else {
            continue;
        };
        let Some(Datum { mut part, within }) = read(raw, spelling) else {
            break;
        };
        fields.rest.take_raw(&spelled);
        let mut extra = fields.rest.into_rest();
        extra.extend(
            within
                .into_iter()
                .map(|(own, raw)| (format!("{name}.{own}"), raw)),
        );
        if let Some(thought) = fields.thought {
            extra.insert(
                THOUGHT.to_owned(),
                RawJson::from(serde_json::Value::from(thought)),
            );
        }
        if let Some(place) = part.extra_mut() {
            *place = Extra::from_fields(PROTOCOL, extra);
        }
        return part;
    }
    fields.into_opaque()
}

/// What a part is, and what fields it has that the vocabulary has no name for.
pub(super) struct Datum {
    pub(super) part: ContentPart,
    pub(super) within: Fields,
}

/// Reads the field that says what a part is; `None` if it is to be kept as it is.
type ReadDatum = fn(&RawValue, &mut Spelling) -> Option<Datum>;

fn read_text(
    text: Cow<'_, str>,
    mut fields: PartFields<'_>,
    spelling: &mut Spelling,
) -> ContentPart {
    if fields.thought != Some(true) {
        let mut extra = fields.rest.into_rest();
        if fields.thought == Some(false) {
            extra.insert(
                THOUGHT.to_owned(),
                RawJson::from(serde_json::Value::from(false)),
            );
        }
        let mut part = TextPart::new(text);
        part.extra = Extra::from_fields(PROTOCOL, extra);
        return ContentPart::Text(part);
    }
    let mut part = Reasoning::new(text, Some(PROTOCOL));
    if let Some((spelled, raw)) = fields.find(SIGNATURE, spelling)
        && let Ok(signature) = serde_json::from_str::<String>(raw.get())
    {
        part.signature = Some(signature);
        fields.rest.take_raw(&spelled);
    }
    part.extra = fields.rest.into_extra(PROTOCOL);
    ContentPart::Reasoning(part)
}

fn read_call(raw: &RawValue, _: &mut Spelling) -> Option<Datum> {
    let mut call = Object::from_raw(raw).ok()?;
    let name: String = call.require("name").ok()?;
    let id = take_id(&mut call);
    let arguments = match call.get("args").map(shape) {
        Some(Shape::Object) => call.take_raw("args").map_or("", RawValue::get),
        _ => "",
    };
    Some(Datum {
        part: ContentPart::ToolCall(ToolCall::new(id, name, arguments)),
        within: call.into_rest(),
    })
}

/// Takes an `id`, unless it is empty: the vocabulary has an empty one where there is none.
pub(super) fn take_id(object: &mut Object<'_>) -> String {
    match object.get("id") {
        Some(raw) if raw.get() != "\"\"" => object.take("id").ok().flatten().unwrap_or_default(),
        _ => String::new(),
    }
}

fn read_inline_data(raw: &RawValue, spelling: &mut Spelling) -> Option<Datum> {
    let mut inline = Object::from_raw(raw).ok()?;
    let media_type: String = read_string(spelling.take(&mut inline, "mimeType")?)?;
    let kind = media_type::kind(&media_type)?;
    let written = inline.take_raw("data")?;
    let mut data: String = read_string(written)?;
    let mut within = inline.into_rest();
    if data.contains(['-', '_']) {
        // The alphabet for addresses, which only this protocol takes.
        data = data.replace('-', "+").replace('_', "/");
        within.insert("data".to_owned(), written.into());
    }
    let source = MediaSource::Base64 { media_type, data };
    Some(Datum {
        part: media(kind, source),
        within,
    })
}

fn read_file_data(raw: &RawValue, spelling: &mut Spelling) -> Option<Datum> {
    let mut file = Object::from_raw(raw).ok()?;
    let uri: String = read_string(spelling.take(&mut file, "fileUri")?)?;
    // The vocabulary's sources have no media type: it stays among the extra fields.
    let media_type = ["mimeType", "mime_type"]
        .iter()
        .find_map(|name| read_string(file.get(name)?));
    let kind = match media_type {
        Some(media_type) => media_type::kind(&media_type)?,
        None => media_type::kind_of_address(&uri)?,
    };
    let source = if media_type::is_upload(&uri) {
        MediaSource::FileId(uri)
    } else {
        MediaSource::Url(uri)
    };
    Some(Datum {
        part: media(kind, source),
        within: file.into_rest(),
    })
}

fn media(kind: MediaKind, source: MediaSource) -> ContentPart {
    let media = Media::new(source);
    match kind {
        MediaKind::Image => ContentPart::Image(media),
        MediaKind::Audio => ContentPart::Audio(media),
        MediaKind::Document => ContentPart::Document(media),
    }
}

fn read_string(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// A piece of a call whose arguments come in pieces.
#[derive(Debug, Default)]
pub(super) struct CallPiece<'a> {
    /// The call, if it begins here.
    pub(super) begun: Option<ToolCall>,
    pub(super) arguments: Option<&'a RawValue>,
    pub(super) will_continue: bool,
}

/// Reads a piece of a call whose arguments come in pieces; `None` if `fields` are none. `is_amid` tells that such a call
/// has begun: its last piece says nothing but that it is the last.
pub(super) fn call_piece<'a>(fields: &PartFields<'a>, is_amid: bool) -> Option<CallPiece<'a>> {
    let (spelled, raw) = fields.find(FUNCTION_CALL, &mut Spelling::default())?;
    if !is_amid && !raw.get().contains("willContinue") {
        return None;
    }
    let mut call = Object::from_raw(raw).ok()?;
    let arguments = call.take_raw("partialArgs");
    let will_continue = call.take("willContinue").ok().flatten().unwrap_or(false);
    let name: Option<String> = call.take("name").ok().flatten();
    let is_piece = will_continue || arguments.is_some() || (is_amid && name.is_none());
    if !is_piece || call.get("args").is_some_and(|args| args.get() != "{}") {
        return None;
    }
    let begun = name.map(|name| {
        let mut call = ToolCall::new(take_id(&mut call), name, "");
        let beside = fields.rest.fields().iter();
        let beside = beside.filter(|(name, _)| *name != spelled);
        let extra = beside.map(|(name, raw)| (name.clone().into_owned(), RawJson::from(*raw)));
        call.extra = Extra::from_fields(PROTOCOL, extra.collect());
        call
    });
    Some(CallPiece {
        begun,
        arguments,
        will_continue,
    })
}
