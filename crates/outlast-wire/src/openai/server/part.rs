//! Reads the parts of a message's content.
//!
//! A part in a form that the vocabulary would not give back is kept word for word.

use outlast_types::{ContentPart, Extra, Media, MediaSource, Opaque, RawJson, TextPart};
use serde_json::value::RawValue;

use super::super::PROTOCOL;
use crate::json::{FieldError, Object, Shape, read_value, shape};
use crate::media::source_of_url;

/// Fields of the inner objects of media that are kept beside the part's own fields.
const DETAIL: &str = "detail";
const FILE_NAME: &str = "filename";

/// Reads one part of `content`.
pub(super) fn read(raw: &RawValue) -> Result<ContentPart, FieldError> {
    if shape(raw) != Shape::Object {
        return Ok(keep(raw));
    }
    let mut part = Object::from_raw(raw)?;
    let kind: Option<String> = part.take_raw("type").and_then(|kind| read_value(kind).ok());
    let read = match kind.as_deref() {
        Some("text") => {
            let mut text = TextPart::new(part.require::<String>("text")?);
            text.extra = part.into_extra(PROTOCOL);
            return Ok(ContentPart::Text(text));
        }
        Some("image_url") => read_image(part).map(ContentPart::Image),
        Some("file") => read_file(part).map(ContentPart::Document),
        Some("input_audio") => read_audio(part).map(ContentPart::Audio),
        _ => None,
    };
    Ok(read.unwrap_or_else(|| keep(raw)))
}

fn keep(raw: &RawValue) -> ContentPart {
    ContentPart::Opaque(Opaque {
        origin: PROTOCOL,
        raw: raw.into(),
    })
}

fn read_image(mut part: Object<'_>) -> Option<Media> {
    const FIELD: &str = "image_url";

    let raw = part.take_raw(FIELD)?;
    if shape(raw) == Shape::String {
        let url: String = read_value(raw).ok()?;
        // Mistral takes the address without an object around it.
        let mark = RawJson::from(serde_json::Value::from(""));
        return media(source_of_url(url), part, [(FIELD, Some(mark))]);
    }
    let mut image = Object::from_raw(raw).ok()?;
    let url: String = image.require("url").ok()?;
    let detail = image.take_raw(DETAIL).map(RawJson::from);
    if !image.into_rest().is_empty() || part.get(DETAIL).is_some() {
        return None;
    }
    media(source_of_url(url), part, [(DETAIL, detail)])
}

fn read_file(mut part: Object<'_>) -> Option<Media> {
    let mut file = Object::from_raw(part.take_raw("file")?).ok()?;
    let is_null = |name| file.get(name).is_some_and(|raw| raw.get() == "null");
    if is_null("file_id") || is_null("file_data") {
        return None;
    }
    let id: Option<String> = file.take("file_id").ok()?;
    let data: Option<String> = file.take("file_data").ok()?;
    let name = file.take_raw(FILE_NAME).map(RawJson::from);
    if !file.into_rest().is_empty() || part.get(FILE_NAME).is_some() {
        return None;
    }
    let source = match (id, data) {
        (Some(id), None) => MediaSource::FileId(id),
        (None, Some(data)) => match source_of_url(data) {
            MediaSource::Url(url) if !url.starts_with("http") => return None,
            source => source,
        },
        _ => return None,
    };
    let mut media = media(source, part, [(FILE_NAME, name)])?;
    // Even without fields: a document without a name had none.
    media.extra.get_or_insert_with(|| Extra {
        origin: PROTOCOL,
        fields: Default::default(),
    });
    Some(media)
}

fn read_audio(mut part: Object<'_>) -> Option<Media> {
    let mut audio = Object::from_raw(part.take_raw("input_audio")?).ok()?;
    let data: String = audio.require("data").ok()?;
    let format: String = audio.require("format").ok()?;
    if !audio.into_rest().is_empty() || format.contains('/') || format.is_empty() {
        return None;
    }
    let media_type = format!("audio/{format}");
    media(MediaSource::Base64 { media_type, data }, part, [])
}

fn media<const N: usize>(
    source: MediaSource,
    part: Object<'_>,
    inner: [(&str, Option<RawJson>); N],
) -> Option<Media> {
    let mut fields = part.into_rest();
    for (name, value) in inner {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    }
    let mut media = Media::new(source);
    media.extra = Extra::from_fields(PROTOCOL, fields);
    Some(media)
}
