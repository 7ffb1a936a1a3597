//! How a response ended: its `status`, and what made it incomplete, in both directions.

use std::borrow::Cow;

use outlast_types::FinishReason;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads why a response ended that did not fail. `calls` tells that it calls tools of the caller.
pub(super) fn read(status: Option<&str>, details: Option<&RawValue>, calls: bool) -> FinishReason {
    #[derive(Deserialize)]
    struct Details<'a> {
        #[serde(borrow)]
        reason: Cow<'a, str>,
    }

    let details: Option<Details<'_>> = details.and_then(|raw| serde_json::from_str(raw.get()).ok());
    match (status, details) {
        (Some("incomplete"), Some(details)) => match &*details.reason {
            "max_output_tokens" => FinishReason::Length,
            "content_filter" => FinishReason::ContentFilter,
            other => FinishReason::Other(other.to_owned()),
        },
        (None | Some("completed"), _) if calls => FinishReason::ToolCalls,
        (None | Some("completed"), _) => FinishReason::Stop,
        // Of a response that is made in the background, or was cancelled there.
        (Some(status), _) => FinishReason::Other(status.to_owned()),
    }
}

/// How an ending is written: the status, and the reason of one that is incomplete. `own` tells that the reply came in this
/// protocol: then a reason that nobody knows goes out again, for it came as the reason of an incomplete response.
pub(super) fn write(reason: Option<&FinishReason>, own: bool) -> (&str, Option<&str>) {
    match reason {
        Some(FinishReason::Length) => ("incomplete", Some("max_output_tokens")),
        Some(FinishReason::ContentFilter | FinishReason::Refusal) => {
            ("incomplete", Some("content_filter"))
        }
        // A paused turn is an answer that is not whole: no client takes it for one.
        Some(FinishReason::Pause) => ("incomplete", Some("max_output_tokens")),
        Some(FinishReason::Other(name)) => match name.as_str() {
            "queued" | "in_progress" | "cancelled" | "incomplete" => (name, None),
            _ if own => ("incomplete", Some(name)),
            _ => ("completed", None),
        },
        _ => ("completed", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_nobody_knows_comes_back_as_it_was() {
        let details = serde_json::value::to_raw_value(&serde_json::json!({ "reason": "new_one" }));
        let reason = read(Some("incomplete"), Some(&details.unwrap()), false);
        assert_eq!(reason, FinishReason::Other("new_one".to_owned()));
        assert_eq!(write(Some(&reason), true), ("incomplete", Some("new_one")));
        // Clients of the protocol expect another protocol's reasons even less.
        assert_eq!(write(Some(&reason), false), ("completed", None));
    }
}
