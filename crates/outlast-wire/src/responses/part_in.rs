//! Reads the parts of a message's content, and of a tool's answer.

use outlast_types::{ContentPart, Extra, Media, MediaSource, Opaque, RawJson, Role, TextPart};
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::marks::Fields;
use crate::json::{FieldError, Object, Shape, shape};
use crate::media::source_of_url;

/// Who wrote a text: the format names its parts by that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The caller, or a tool.
    Input,
    /// The model.
    Output,
}

impl Side {
    /// Tells on which side a role speaks.
    pub(super) fn of(role: &Role) -> Self {
        match role {
            Role::Assistant => Self::Output,
            _ => Self::Input,
        }
    }

    /// Returns the type of its texts.
    pub(super) fn text_type(self) -> &'static str {
        match self {
            Self::Input => "input_text",
            Self::Output => "output_text",
        }
    }
}

/// Reads one part. A part in a form that the vocabulary would not give back is kept word for word; `None` means that it
/// could not be told from an item there.
pub(super) fn read(raw: &RawValue, side: Side) -> Result<Option<ContentPart>, FieldError> {
    let mut part = Object::from_raw(raw)?;
    let kind: String = part.require("type")?;
    let read = match kind.as_str() {
        "input_text" | "output_text" | "text" => Some(read_text(part, kind.as_str(), side)?),
        "refusal" => read_refusal(part)?,
        "input_image" => read_image(part).map(ContentPart::Image),
        "input_file" => read_file(part).map(ContentPart::Document),
        "input_audio" => read_audio(part).map(ContentPart::Audio),
        _ => None,
    };
    Ok(read.or_else(|| is_content(&kind).then(|| keep(raw))))
}

/// Keeps a part or an item word for word.
pub(super) fn keep(raw: &RawValue) -> ContentPart {
    ContentPart::Opaque(Opaque {
        origin: PROTOCOL,
        raw: raw.into(),
    })
}

/// Tells whether a type names a part of content; any other names an item.
pub(super) fn is_content(kind: &str) -> bool {
    kind.starts_with("input_") || kind.starts_with("output_") || matches!(kind, "refusal" | "text")
}

fn read_text(mut part: Object<'_>, kind: &str, side: Side) -> Result<ContentPart, FieldError> {
    let mut text = TextPart::new(part.require::<String>("text")?);
    let mut fields = part.into_rest();
    if kind != side.text_type() {
        let kind = RawJson::from(serde_json::Value::from(kind));
        fields.insert("type".to_owned(), kind);
    }
    text.extra = Extra::from_fields(PROTOCOL, fields);
    Ok(ContentPart::Text(text))
}

fn read_refusal(mut part: Object<'_>) -> Result<Option<ContentPart>, FieldError> {
    let text: String = part.require("refusal")?;
    let is_all = part.into_rest().is_empty();
    Ok(is_all.then_some(ContentPart::Refusal(text)))
}

fn read_image(mut part: Object<'_>) -> Option<Media> {
    let source = match (string(&mut part, "image_url"), string(&mut part, "file_id")) {
        (Some(url), None) => source_of_url(url),
        (None, Some(id)) => MediaSource::FileId(id),
        _ => return None,
    };
    Some(media(source, part.into_rest()))
}

fn read_file(mut part: Object<'_>) -> Option<Media> {
    let source = match (
        string(&mut part, "file_data"),
        string(&mut part, "file_url"),
        string(&mut part, "file_id"),
    ) {
        (Some(data), None, None) => match source_of_url(data) {
            source @ MediaSource::Base64 { .. } => source,
            _ => return None,
        },
        (None, Some(url), None) => MediaSource::Url(url),
        (None, None, Some(id)) => MediaSource::FileId(id),
        _ => return None,
    };
    let mut media = media(source, part.into_rest());
    // Even without fields: a document without a name had none.
    media.extra.get_or_insert_with(|| Extra {
        origin: PROTOCOL,
        fields: Fields::new(),
    });
    Some(media)
}

fn read_audio(mut part: Object<'_>) -> Option<Media> {
    let mut audio = Object::from_raw(part.take_raw("input_audio")?).ok()?;
    let (data, format) = (string(&mut audio, "data")?, string(&mut audio, "format")?);
    if !audio.into_rest().is_empty() || format.contains('/') || format.is_empty() {
        return None;
    }
    let media_type = format!("audio/{format}");
    Some(media(
        MediaSource::Base64 { media_type, data },
        part.into_rest(),
    ))
}

/// Takes a field if it is a string; anything else stays where it is.
pub(super) fn string(object: &mut Object<'_>, name: &str) -> Option<String> {
    object
        .get(name)
        .filter(|raw| shape(raw) == Shape::String)
        .and_then(|_| object.take(name).ok().flatten())
}

fn media(source: MediaSource, fields: Fields) -> Media {
    let mut media = Media::new(source);
    media.extra = Extra::from_fields(PROTOCOL, fields);
    media
}
