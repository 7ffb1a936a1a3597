//! The frames of a stream, as they are read.

use serde::Deserialize;
use serde_json::value::RawValue;

/// One frame, flat: reading into a tagged enum takes twice as long.
#[derive(Deserialize)]
pub(super) struct Frame<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Option<&'a str>,
    #[serde(default)]
    pub(super) index: u64,
    #[serde(borrow)]
    pub(super) delta: Option<FrameDelta<'a>>,
    #[serde(borrow)]
    pub(super) content_block: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// The `delta` of a block. The text is owned, for it becomes the event's own.
#[derive(Deserialize)]
pub(super) struct FrameDelta<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Option<&'a str>,
    pub(super) text: Option<String>,
    pub(super) thinking: Option<String>,
    pub(super) signature: Option<String>,
    pub(super) partial_json: Option<String>,
}

impl<'a> FrameDelta<'a> {
    /// Makes a delta of which nothing but its type is known.
    pub(super) fn of_kind(kind: &'a str) -> Self {
        Self {
            kind: Some(kind),
            text: None,
            thinking: None,
            signature: None,
            partial_json: None,
        }
    }
}

/// Tells whether the type of a delta is one of those that are read.
pub(super) fn is_known_delta(kind: &str) -> bool {
    matches!(
        kind,
        "text_delta" | "thinking_delta" | "signature_delta" | "input_json_delta"
    )
}

/// Tells whether the type of a frame is one of those that are read.
pub(super) fn is_known(kind: &str) -> bool {
    kind == "ping" || kind.starts_with("message_") || kind.starts_with("content_block_")
}
