//! The deltas of a stream, as they are read.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The payload of a `contentBlockDelta`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeltaFrame<'a> {
    #[serde(default)]
    pub(super) content_block_index: u64,
    #[serde(borrow)]
    pub(super) delta: Option<FrameDelta<'a>>,
}

/// The `delta` of a block: one of these. The texts are owned, for they become the events' own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrameDelta<'a> {
    pub(super) text: Option<String>,
    pub(super) tool_use: Option<InputDelta>,
    pub(super) reasoning_content: Option<ThoughtDelta>,
    #[serde(borrow)]
    pub(super) citation: Option<&'a RawValue>,
}

/// More of a tool call's arguments.
#[derive(Deserialize)]
pub(super) struct InputDelta {
    #[serde(default)]
    pub(super) input: String,
}

/// More of what the model thinks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThoughtDelta {
    pub(super) text: Option<String>,
    pub(super) signature: Option<String>,
    pub(super) redacted_content: Option<String>,
}
