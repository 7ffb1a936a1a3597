//! Parts of a message's content.

use std::borrow::Cow;

use outlast_types::{ContentPart, Error, Media, MediaSource};

use super::super::PROTOCOL;
use super::super::spelling::Spelling;
use super::own_fields;
use crate::json::ArrayWriter;
use crate::media::{audio_format, data_url, plain_text};
use crate::notes::{Notes, unsupported};

/// The name of a document that has none: the provider asks for one.
const FILE_NAME: &str = "document.pdf";

/// Writes a part of content.
pub(super) fn write(
    part: &ContentPart,
    array: &mut ArrayWriter<'_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    match part {
        ContentPart::Text(text) => write_text(array, &text.text, own_fields(text.extra.as_ref())),
        ContentPart::Refusal(text) => write_text(array, text, Spelling(None)),
        ContentPart::Image(media) => write_image(media, array)?,
        ContentPart::Document(media) => write_document(media, array)?,
        ContentPart::Audio(media) => write_audio(media, array)?,
        ContentPart::Opaque(opaque) if opaque.origin == PROTOCOL => {
            array.value(&opaque.raw);
        }
        // Calls, results and reasoning have places of their own beside the content.
        _ => notes.loss("a part without a place in this message is left out"),
    }
    notes.leave_out(extra_of(part), &PROTOCOL);
    Ok(())
}

fn extra_of(part: &ContentPart) -> Option<&outlast_types::Extra> {
    match part {
        ContentPart::Text(text) => text.extra.as_ref(),
        ContentPart::Image(media) | ContentPart::Document(media) | ContentPart::Audio(media) => {
            media.extra.as_ref()
        }
        _ => None,
    }
}

fn write_text(array: &mut ArrayWriter<'_>, text: &str, spelling: Spelling<'_>) {
    array.object(|object| {
        object.field("type", "text").field("text", text);
        spelling.write_rest(object, &[]);
    });
}

fn write_image(media: &Media, array: &mut ArrayWriter<'_>) -> Result<(), Error> {
    const FIELD: &str = "image_url";
    const DETAIL: &str = "detail";

    let spelling = own_fields(media.extra.as_ref());
    let url = match &media.source {
        MediaSource::Url(url) => Cow::Borrowed(url.as_str()),
        MediaSource::Base64 { media_type, data } => Cow::Owned(data_url(media_type, data)),
        _ => {
            return Err(unsupported(
                "a picture that was uploaded before cannot be sent here",
            ));
        }
    };
    array.object(|object| {
        object.field("type", FIELD);
        // Mistral takes the address without an object around it.
        if spelling.get(FIELD).is_some() {
            object.field(FIELD, &*url);
        } else {
            object.object(FIELD, |image| {
                image
                    .field("url", &*url)
                    .optional(DETAIL, spelling.get(DETAIL));
            });
        }
        spelling.write_rest(object, &[FIELD, DETAIL]);
    });
    Ok(())
}

/// Writes a thought, in Mistral's form.
pub(super) fn write_thought(text: &str, array: &mut ArrayWriter<'_>) {
    array.object(|part| {
        part.field("type", "thinking");
        part.array("thinking", |texts| {
            texts.object(|inner| {
                inner.field("type", "text").field("text", text);
            });
        });
    });
}

fn write_document(media: &Media, array: &mut ArrayWriter<'_>) -> Result<(), Error> {
    const NAME: &str = "filename";

    let spelling = own_fields(media.extra.as_ref());
    let own = spelling.0.is_some();
    let (field, value) = match &media.source {
        MediaSource::FileId(id) => ("file_id", Cow::Borrowed(id.as_str())),
        MediaSource::Url(url) if own => ("file_data", Cow::Borrowed(url.as_str())),
        MediaSource::Base64 { media_type, data } => match plain_text(media_type, data) {
            Some(text) if !own => {
                write_text(array, &text, Spelling(None));
                return Ok(());
            }
            _ => ("file_data", Cow::Owned(data_url(media_type, data))),
        },
        _ => return Err(unsupported("a document at an address cannot be sent here")),
    };
    array.object(|object| {
        object.field("type", "file");
        object.object("file", |file| {
            match spelling.get(NAME) {
                Some(name) => {
                    file.field(NAME, name);
                }
                None if own || field == "file_id" => {}
                None => {
                    file.field(NAME, FILE_NAME);
                }
            }
            file.field(field, &*value);
        });
        spelling.write_rest(object, &[NAME]);
    });
    Ok(())
}

fn write_audio(media: &Media, array: &mut ArrayWriter<'_>) -> Result<(), Error> {
    let MediaSource::Base64 { media_type, data } = &media.source else {
        return Err(unsupported("sound can be sent here only as base64"));
    };
    let spelling = own_fields(media.extra.as_ref());
    array.object(|object| {
        object.field("type", "input_audio");
        object.object("input_audio", |audio| {
            audio
                .field("data", data)
                .field("format", audio_format(media_type));
        });
        spelling.write_rest(object, &[]);
    });
    Ok(())
}
