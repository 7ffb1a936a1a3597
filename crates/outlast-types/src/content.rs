//! The parts a message is made of.

use std::collections::BTreeMap;

use crate::{Protocol, RawJson, ToolCall, ToolResult};

/// One part of a message's content, in the order the author gave.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ContentPart {
    /// Text.
    Text(TextPart),
    /// A picture.
    Image(Media),
    /// A document such as a PDF.
    Document(Media),
    /// Sound.
    Audio(Media),
    /// The model asks for a tool to be run.
    ToolCall(ToolCall),
    /// What a tool answered.
    ToolResult(ToolResult),
    /// What the model thought before it answered.
    Reasoning(Reasoning),
    /// The model's words for declining.
    Refusal(String),
    /// A part that only its own protocol understands.
    Opaque(Opaque),
}

impl ContentPart {
    /// Makes a text part.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextPart {
            text: text.into(),
            extra: None,
        })
    }

    /// Returns the text of a text part.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(part) => Some(&part.text),
            _ => None,
        }
    }

    /// Returns the place of the fields of its own protocol, if this kind of part has one.
    pub fn extra_mut(&mut self) -> Option<&mut Option<Extra>> {
        match self {
            Self::Text(part) => Some(&mut part.extra),
            Self::Image(media) | Self::Document(media) | Self::Audio(media) => {
                Some(&mut media.extra)
            }
            Self::ToolCall(call) => Some(&mut call.extra),
            Self::ToolResult(result) => Some(&mut result.extra),
            Self::Reasoning(part) => Some(&mut part.extra),
            Self::Refusal(_) | Self::Opaque(_) => None,
        }
    }
}

/// Text, with the fields its protocol put beside it (cache marks, citations).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TextPart {
    /// The text.
    pub text: String,
    /// Fields of its own protocol.
    pub extra: Option<Extra>,
}

impl TextPart {
    /// Makes a part of `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            extra: None,
        }
    }
}

/// A picture, document or sound.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Media {
    /// Where its bytes are.
    pub source: MediaSource,
    /// Fields of its own protocol (an image's `detail`, a document's `title`).
    pub extra: Option<Extra>,
}

impl Media {
    /// Points at `source`.
    pub fn new(source: MediaSource) -> Self {
        Self {
            source,
            extra: None,
        }
    }
}

/// Where the bytes of a [`Media`] part are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaSource {
    /// At an address the provider fetches.
    Url(String),
    /// Here, as base64, of a media type such as `image/png`.
    Base64 {
        /// The media type; for audio a format name such as `wav` is turned into `audio/wav`.
        media_type: String,
        /// The bytes, base64 with padding.
        data: String,
    },
    /// Uploaded before, under the provider's id.
    FileId(String),
}

/// What the model thought.
///
/// Signed or encrypted reasoning only means something to the protocol in `origin`: a codec sends it back there and
/// drops it on the way to any other.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Reasoning {
    /// The readable text; empty when it is only in `opaque` form.
    pub text: String,
    /// The provider's proof that the text is its own.
    pub signature: Option<String>,
    /// The protocol that produced it; `None` when written by hand.
    pub origin: Option<Protocol>,
    /// Fields of its own protocol.
    pub extra: Option<Extra>,
}

impl Reasoning {
    /// Makes a reasoning part of `text` that came in `origin`.
    pub fn new(text: impl Into<String>, origin: Option<Protocol>) -> Self {
        Self {
            text: text.into(),
            origin,
            ..Self::default()
        }
    }

    /// Adds the provider's signature.
    pub fn with_signature(mut self, signature: impl Into<String>) -> Self {
        self.signature = Some(signature.into());
        self
    }
}

/// Something that only the protocol in `origin` understands, kept word for word.
#[derive(Clone, Debug, PartialEq)]
pub struct Opaque {
    /// The protocol it came in.
    pub origin: Protocol,
    /// The JSON as it was.
    pub raw: RawJson,
}

/// Fields that the vocabulary has no name for, kept for the protocol they came in.
///
/// A codec of the same protocol writes them out again; every other one leaves them out.
#[derive(Clone, Debug, PartialEq)]
pub struct Extra {
    /// The protocol they came in.
    pub origin: Protocol,
    /// The fields by name.
    pub fields: BTreeMap<String, RawJson>,
}

impl Extra {
    /// Wraps `fields`, or returns `None` when there are none.
    pub fn from_fields(origin: Protocol, fields: BTreeMap<String, RawJson>) -> Option<Self> {
        (!fields.is_empty()).then_some(Self { origin, fields })
    }

    /// Counts the bytes of the names and values.
    pub(crate) fn len_in_bytes(&self) -> usize {
        self.fields
            .iter()
            .map(|(name, value)| name.len() + value.get().len())
            .sum()
    }

    /// Returns the fields if they came in `protocol`.
    pub fn fields_for(&self, protocol: &Protocol) -> Option<&BTreeMap<String, RawJson>> {
        (self.origin == *protocol).then_some(&self.fields)
    }
}
