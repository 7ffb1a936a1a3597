//! Writes the parts of a message's content, and of a tool's answer.

use std::borrow::Cow;

use outlast_types::{ContentPart, Error, Extra, Media, MediaSource, TextPart};

use super::marks::{ITEM, own_fields};
use super::origin::Origin;
use super::part_in::Side;
use super::{PROTOCOL, shared};
use crate::json::{ArrayWriter, ObjectWriter};
use crate::media::{audio_format, data_url, plain_text};
use crate::notes::{Notes, unsupported};

/// The name of a document that has none: the provider asks for one.
const FILE_NAME: &str = "document.pdf";

/// Writes parts of one side.
pub(super) struct PartWriter<'n> {
    pub(super) origin: Origin,
    pub(super) side: Side,
    pub(super) notes: &'n mut Notes,
}

impl PartWriter<'_> {
    /// Writes a part.
    pub(super) fn write(
        &mut self,
        part: &ContentPart,
        array: &mut ArrayWriter<'_>,
    ) -> Result<(), Error> {
        match part {
            ContentPart::Text(part) => {
                array.object(|object| write_text(part, self.side, object));
                self.leave_out(part.extra.as_ref());
            }
            ContentPart::Refusal(text) => array.object(|object| match self.side {
                Side::Output => {
                    object.field("type", "refusal").field("refusal", text);
                }
                Side::Input => write_text(&TextPart::new(text.as_str()), self.side, object),
            }),
            ContentPart::Image(media) => self.media(media, array, Self::image)?,
            ContentPart::Document(media) => self.media(media, array, Self::document)?,
            ContentPart::Audio(media) => self.media(media, array, Self::audio)?,
            ContentPart::Opaque(opaque) if opaque.origin == PROTOCOL => {
                array.value(&opaque.raw);
            }
            _ => self
                .notes
                .loss("a part without a place in this message is left out"),
        }
        Ok(())
    }

    fn leave_out(&mut self, extra: Option<&Extra>) {
        let rest = shared::without_shared(extra);
        self.notes.leave_out(rest.as_deref(), &PROTOCOL);
    }

    fn media(
        &mut self,
        media: &Media,
        array: &mut ArrayWriter<'_>,
        write: impl FnOnce(&Self, &Media, &mut ArrayWriter<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.side == Side::Output && !self.origin.is_own() {
            return Err(unsupported(
                "OpenAI's Responses cannot carry a picture, document or sound in a turn of the model",
            ));
        }
        write(self, media, array)?;
        self.leave_out(media.extra.as_ref());
        Ok(())
    }

    fn image(&self, media: &Media, array: &mut ArrayWriter<'_>) -> Result<(), Error> {
        let (field, value) = match &media.source {
            MediaSource::Url(url) => ("image_url", Cow::Borrowed(url.as_str())),
            MediaSource::Base64 { media_type, data } => {
                ("image_url", Cow::Owned(data_url(media_type, data)))
            }
            MediaSource::FileId(id) => ("file_id", Cow::Borrowed(id.as_str())),
            _ => return Err(unsupported("a picture in this form cannot be sent here")),
        };
        array.object(|object| {
            object.field("type", "input_image").field(field, &*value);
            write_own(media, object);
        });
        Ok(())
    }

    fn document(&self, media: &Media, array: &mut ArrayWriter<'_>) -> Result<(), Error> {
        let is_own = own_fields(media.extra.as_ref()).0.is_some();
        let (field, value) = match &media.source {
            MediaSource::Url(url) => ("file_url", Cow::Borrowed(url.as_str())),
            MediaSource::FileId(id) => ("file_id", Cow::Borrowed(id.as_str())),
            MediaSource::Base64 { media_type, data } => match plain_text(media_type, data) {
                Some(text) if !is_own => {
                    let text = TextPart::new(text);
                    array.object(|object| write_text(&text, self.side, object));
                    return Ok(());
                }
                _ => ("file_data", Cow::Owned(data_url(media_type, data))),
            },
            _ => return Err(unsupported("a document in this form cannot be sent here")),
        };
        array.object(|object| {
            object.field("type", "input_file").field(field, &*value);
            let has_name = shared::field(media.extra.as_ref(), shared::FILE_NAME).is_some();
            if field == "file_data" && !is_own && !has_name {
                object.field(shared::FILE_NAME, FILE_NAME);
            }
            write_own(media, object);
        });
        Ok(())
    }

    fn audio(&self, media: &Media, array: &mut ArrayWriter<'_>) -> Result<(), Error> {
        let MediaSource::Base64 { media_type, data } = &media.source else {
            return Err(unsupported("sound can be sent here only as base64"));
        };
        array.object(|object| {
            object.field("type", "input_audio");
            object.object("input_audio", |audio| {
                audio
                    .field("data", data)
                    .field("format", audio_format(media_type));
            });
            write_own(media, object);
        });
        Ok(())
    }
}

fn write_own(media: &Media, object: &mut ObjectWriter<'_>) {
    own_fields(media.extra.as_ref()).write_rest(object, &[ITEM]);
    shared::write(media.extra.as_ref(), object);
}

/// Writes the fields of a text.
fn write_text(part: &TextPart, side: Side, object: &mut ObjectWriter<'_>) {
    let spelling = own_fields(part.extra.as_ref());
    match spelling.get("type") {
        Some(kind) => object.field("type", kind),
        None => object.field("type", side.text_type()),
    };
    object.field("text", &part.text);
    spelling.write_rest(object, &["type", ITEM]);
}
