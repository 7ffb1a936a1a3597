//! How a reply introduces itself: every chunk does, the first one counts.

use std::borrow::Cow;

use outlast_types::{Extra, RawJson, ReplyStart, StreamEvent};
use serde_json::value::RawValue;

use super::super::PROTOCOL;
use super::chunk::Chunk;

/// When the reply was made, at Vertex AI; it stays among the extra fields.
const CREATE_TIME: &str = "createTime";

/// Makes the first event of a reply.
pub(super) fn read(chunk: &Chunk<'_>) -> StreamEvent {
    let mut start = ReplyStart::new(PROTOCOL);
    start.id = chunk.id.as_deref().map(str::to_owned);
    start.model = chunk.model.as_deref().map(str::to_owned);
    let rest = chunk
        .rest
        .fields()
        .iter()
        .map(|(name, raw)| (&**name, *raw));
    let feedback = chunk.feedback.map(|raw| ("promptFeedback", raw));
    let fields: Vec<(&str, &RawValue)> = rest.chain(feedback).collect();
    start.created = fields
        .iter()
        .find(|(name, _)| *name == CREATE_TIME)
        .and_then(|(_, raw)| seconds(raw));
    let fields = fields
        .into_iter()
        .map(|(name, raw)| (name.to_owned(), RawJson::from(raw)))
        .collect();
    start.extra = Extra::from_fields(PROTOCOL, fields);
    StreamEvent::Start(Box::new(start))
}

/// Reads a time such as `2025-11-24T10:11:12.123Z` as seconds since 1970.
fn seconds(raw: &RawValue) -> Option<i64> {
    let text: Cow<'_, str> = serde_json::from_str(raw.get()).ok()?;
    Some(text.parse::<jiff::Timestamp>().ok()?.as_second())
}
