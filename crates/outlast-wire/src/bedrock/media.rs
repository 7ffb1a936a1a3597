//! Pictures, documents and sound: `{"format": "png", "source": {"bytes": "..."}}`.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outlast_types::{ContentPart, Error, Extra, Media, MediaSource, RawJson};
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::json::{FieldError, Object, ObjectWriter};
use crate::notes::unsupported;

/// The kinds of media, by the name of their block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaKind {
    Image,
    Document,
    Audio,
}

impl MediaKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Document => "document",
            Self::Audio => "audio",
        }
    }

    /// Makes a part of this kind.
    pub(super) fn part(self, media: Media) -> ContentPart {
        match self {
            Self::Image => ContentPart::Image(media),
            Self::Document => ContentPart::Document(media),
            Self::Audio => ContentPart::Audio(media),
        }
    }

    /// Returns the formats that Bedrock has a name for, each with its media type.
    const fn formats(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Image => &[
                ("png", "image/png"),
                ("jpeg", "image/jpeg"),
                ("gif", "image/gif"),
                ("webp", "image/webp"),
            ],
            Self::Document => &[
                ("pdf", "application/pdf"),
                ("txt", "text/plain"),
                ("md", "text/markdown"),
                ("html", "text/html"),
                ("csv", "text/csv"),
                ("doc", "application/msword"),
                (
                    "docx",
                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                ),
                ("xls", "application/vnd.ms-excel"),
                (
                    "xlsx",
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                ),
            ],
            Self::Audio => &[
                ("wav", "audio/wav"),
                ("mp3", "audio/mp3"),
                ("flac", "audio/flac"),
                ("aac", "audio/aac"),
                ("ogg", "audio/ogg"),
                ("opus", "audio/opus"),
                ("m4a", "audio/m4a"),
                ("webm", "audio/webm"),
                ("mpeg", "audio/mpeg"),
            ],
        }
    }

    fn media_type(self, format: &str) -> Option<&'static str> {
        let found = self.formats().iter().find(|(name, _)| *name == format);
        found.map(|(_, media_type)| *media_type)
    }

    fn format(self, media_type: &str) -> Option<&'static str> {
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let media_type = match media_type {
            "image/jpg" => "image/jpeg",
            "text/x-markdown" => "text/markdown",
            "audio/x-wav" => "audio/wav",
            other => other,
        };
        let found = self
            .formats()
            .iter()
            .find(|(_, known)| *known == media_type);
        found.map(|(format, _)| *format)
    }
}

/// Reads the inside of a block; `None` if the vocabulary has no name for its source or its format.
pub(super) fn read(kind: MediaKind, raw: &RawValue) -> Result<Option<Media>, FieldError> {
    let mut block = Object::from_raw(raw)?;
    let format: Option<String> = block.take("format")?;
    let Some(raw_source) = block.take_raw("source") else {
        return Err(FieldError::new("required field is missing").within("source"));
    };
    let media_type = format.as_deref().and_then(|format| kind.media_type(format));
    let source = read_source(raw_source, media_type).map_err(|error| error.within("source"))?;
    let Some((source, is_exact)) = source else {
        return Ok(None);
    };
    let mut extra = block.into_rest();
    if !is_exact {
        extra.insert("source".to_owned(), raw_source.into());
    }
    // Beside bytes the media type says it.
    if let Some(format) = format
        && !(is_exact && matches!(source, MediaSource::Base64 { .. }))
    {
        extra.insert(
            "format".to_owned(),
            serde_json::Value::String(format).into(),
        );
    }
    let mut media = Media::new(source);
    media.extra = Extra::from_fields(PROTOCOL, extra);
    Ok(Some(media))
}

/// Reads a `source`, and tells whether writing it gives back what was read.
fn read_source(
    raw: &RawValue,
    media_type: Option<&str>,
) -> Result<Option<(MediaSource, bool)>, FieldError> {
    let mut source = Object::from_raw(raw)?;
    if let Some(data) = source.take::<String>("bytes")? {
        let Some(media_type) = media_type else {
            return Ok(None);
        };
        let media_type = media_type.to_owned();
        return Ok(Some((
            MediaSource::Base64 { media_type, data },
            source.into_rest().is_empty(),
        )));
    }
    if let Some(text) = source.take::<String>("text")? {
        // Plain text under the name of a document: other protocols take it as a file.
        let media_type = media_type.unwrap_or("text/plain").to_owned();
        let data = STANDARD.encode(text);
        return Ok(Some((MediaSource::Base64 { media_type, data }, false)));
    }
    let location = source.take::<Object<'_>>("s3Location")?;
    let Some(mut location) = location else {
        return Ok(None);
    };
    let uri = location
        .require("uri")
        .map_err(|error| error.within("s3Location"))?;
    let is_exact = location.into_rest().is_empty() && source.into_rest().is_empty();
    Ok(Some((MediaSource::Url(uri), is_exact)))
}

/// Media, ready to be written.
#[derive(Debug)]
pub(super) struct PlannedMedia<'a> {
    kind: MediaKind,
    media: &'a Media,
    format: Option<Cow<'a, str>>,
    /// The name that a document must have and no other protocol gives.
    name: Option<String>,
}

impl<'a> PlannedMedia<'a> {
    /// Plans a part. `number` tells documents of a request apart: no two may have the same name.
    pub(super) fn plan(kind: MediaKind, media: &'a Media, number: u32) -> Result<Self, Error> {
        let own = own_field(media, "name").is_some();
        let has_format = own_field(media, "format").is_some();
        let format = match &media.source {
            _ if has_format => None,
            MediaSource::Base64 { media_type, .. } => Some(
                kind.format(media_type)
                    .ok_or_else(|| unknown_format(kind))?,
            ),
            MediaSource::Url(url) if url.starts_with("s3://") => {
                Some(format_in_name(kind, url).ok_or_else(|| unknown_format(kind))?)
            }
            _ => return Err(unsupported(ELSEWHERE)),
        };
        let is_document = kind == MediaKind::Document;
        Ok(Self {
            kind,
            media,
            format: format.map(Cow::Borrowed),
            name: (is_document && !own).then(|| format!("document-{number}")),
        })
    }

    /// Tells whether the document was given a name.
    pub(super) fn is_named_here(&self) -> bool {
        self.name.is_some()
    }

    /// Writes the field of the block that has its kind's name.
    pub(super) fn write(&self, block: &mut ObjectWriter<'_>) {
        block.object(self.kind.as_str(), |object| {
            object
                .optional("format", self.format.as_deref())
                .optional("name", self.name.as_deref());
            if own_field(self.media, "source").is_none() {
                object.object("source", |source| write_source(source, &self.media.source));
            }
            object.extra(self.media.extra.as_ref(), &PROTOCOL);
        });
    }
}

const ELSEWHERE: &str =
    "Bedrock's Converse takes files as bytes or from S3, not from another address";

fn unknown_format(kind: MediaKind) -> Error {
    unsupported(match kind {
        MediaKind::Image => "Bedrock's Converse takes images as PNG, JPEG, GIF or WebP",
        MediaKind::Document => "Bedrock's Converse does not take documents of this media type",
        MediaKind::Audio => "Bedrock's Converse does not take sound of this media type",
    })
}

fn own_field<'a>(media: &'a Media, name: &str) -> Option<&'a RawJson> {
    media.extra.as_ref()?.fields_for(&PROTOCOL)?.get(name)
}

/// Returns the format that the name of a file ends in.
fn format_in_name(kind: MediaKind, url: &str) -> Option<&'static str> {
    let (_, ending) = url.rsplit_once('.')?;
    let ending = match ending.to_ascii_lowercase().as_str() {
        "jpg" => "jpeg".to_owned(),
        "htm" => "html".to_owned(),
        other => other.to_owned(),
    };
    let found = kind.formats().iter().find(|(format, _)| *format == ending);
    found.map(|(format, _)| *format)
}

fn write_source(source: &mut ObjectWriter<'_>, place: &MediaSource) {
    match place {
        MediaSource::Base64 { data, .. } => {
            source.field("bytes", data);
        }
        MediaSource::Url(uri) => source.object("s3Location", |location| {
            location.field("uri", uri);
        }),
        _ => {}
    }
}
