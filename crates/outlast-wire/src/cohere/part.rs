//! Content parts, in both directions.

use std::borrow::Cow;

use outlast_types::{
    ContentPart, Error, Extra, Media, MediaSource, Opaque, RawJson, Reasoning, TextPart,
};
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::json::{ArrayWriter, FieldError, Object};
use crate::notes::unsupported;

const DETAIL: &str = "detail";

/// Reads a part. One that the vocabulary has no name for is kept as it is.
pub(super) fn read(raw: &RawValue) -> Result<ContentPart, FieldError> {
    Ok(understand(raw).unwrap_or_else(|| {
        ContentPart::Opaque(Opaque {
            origin: PROTOCOL,
            raw: RawJson::from(raw),
        })
    }))
}

fn understand(raw: &RawValue) -> Option<ContentPart> {
    let mut part = Object::from_raw(raw).ok()?;
    let kind: String = part.take("type").ok()??;
    match kind.as_str() {
        "text" => {
            let mut text = TextPart::new(part.take::<String>("text").ok()??);
            text.extra = part.into_extra(PROTOCOL);
            Some(ContentPart::Text(text))
        }
        "thinking" => {
            let mut thought =
                Reasoning::new(part.take::<String>("thinking").ok()??, Some(PROTOCOL));
            thought.extra = part.into_extra(PROTOCOL);
            Some(ContentPart::Reasoning(thought))
        }
        "image_url" => read_image(part).map(ContentPart::Image),
        _ => None,
    }
}

fn read_image(mut part: Object<'_>) -> Option<Media> {
    let mut image = Object::from_raw(part.take_raw("image_url")?).ok()?;
    let mut media = Media::new(source_of(image.require::<String>("url").ok()?));
    let mut fields = part.into_rest();
    fields.extend(image.into_rest());
    media.extra = Extra::from_fields(PROTOCOL, fields);
    Some(media)
}

fn source_of(url: String) -> MediaSource {
    let inline = url
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"));
    match inline {
        Some((media_type, data)) => MediaSource::Base64 {
            media_type: media_type.to_owned(),
            data: data.to_owned(),
        },
        None => MediaSource::Url(url),
    }
}

/// Writes a part. It fails for a document or sound, and for a picture that was uploaded elsewhere.
pub(super) fn write(part: &ContentPart, array: &mut ArrayWriter<'_>) -> Result<(), Error> {
    match part {
        ContentPart::Text(text) => write_text(&text.text, text.extra.as_ref(), array),
        ContentPart::Refusal(text) => write_text(text, None, array),
        ContentPart::Reasoning(thought) => array.object(|object| {
            object
                .field("type", "thinking")
                .field("thinking", &thought.text)
                .extra(thought.extra.as_ref(), &PROTOCOL);
        }),
        ContentPart::Image(media) => return write_image(media, array),
        ContentPart::Opaque(opaque) => {
            array.value(&opaque.raw);
        }
        ContentPart::Document(_) => return Err(unsupported("a document cannot be sent to Cohere")),
        ContentPart::Audio(_) => return Err(unsupported("sound cannot be sent to Cohere")),
        // Calls and results have places of their own.
        _ => {}
    }
    Ok(())
}

fn write_text(text: &str, extra: Option<&Extra>, array: &mut ArrayWriter<'_>) {
    array.object(|object| {
        object
            .field("type", "text")
            .field("text", text)
            .extra(extra, &PROTOCOL);
    });
}

fn write_image(media: &Media, array: &mut ArrayWriter<'_>) -> Result<(), Error> {
    let url = match &media.source {
        MediaSource::Url(url) => Cow::Borrowed(url.as_str()),
        MediaSource::Base64 { media_type, data } => {
            Cow::Owned(format!("data:{media_type};base64,{data}"))
        }
        _ => {
            return Err(unsupported(
                "a picture that was uploaded before cannot be sent here",
            ));
        }
    };
    let own = media.extra.as_ref();
    let detail = own
        .and_then(|extra| extra.fields_for(&PROTOCOL))
        .and_then(|fields| fields.get(DETAIL));
    array.object(|object| {
        object.field("type", "image_url");
        object.object("image_url", |image| {
            image.field("url", &*url).optional(DETAIL, detail);
        });
    });
    Ok(())
}
