//! Token counts.

use std::collections::BTreeMap;

use outlast_types::{Opaque, StreamEvent, Usage};
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::json::{Object, ObjectWriter};

/// Reads a `usage` object. `inputTokens` excludes what the cache counts, as [`Usage`] wants it: the total is the sum of
/// all four. A count that is missing is 0.
pub(super) fn read(raw: &RawValue) -> Usage {
    let mut usage = Usage::default();
    let Ok(mut counts) = Object::from_raw(raw) else {
        return usage;
    };
    let mut count = |names: &[&str]| -> u64 {
        let found = names
            .iter()
            .find_map(|name| counts.take(name).ok().flatten());
        found.unwrap_or(0)
    };
    usage.input = count(&["inputTokens"]);
    usage.output = count(&["outputTokens"]);
    // Some replies have the second name only; most have both.
    usage.cached_read = count(&["cacheReadInputTokens", "cacheReadInputTokenCount"]);
    usage.cached_write = count(&["cacheWriteInputTokens", "cacheWriteInputTokenCount"]);
    usage
}

/// Makes the event that tells of a `usage` object.
pub(super) fn event(raw: &RawValue) -> StreamEvent {
    let kept = Opaque {
        origin: PROTOCOL,
        raw: raw.into(),
    };
    StreamEvent::Usage {
        usage: read(raw),
        raw: Some(Box::new(kept)),
    }
}

/// Writes the field `usage`: as the provider wrote it if the reply came in this protocol, else from
/// the counts.
pub(super) fn write(object: &mut ObjectWriter<'_>, usage: &Usage, raw: Option<&Opaque>) {
    let own = raw.filter(|raw| raw.origin == PROTOCOL);
    if let Some(own) = own {
        object.field("usage", &own.raw);
        return;
    }
    let total = usage.total_input().saturating_add(usage.output);
    let counts: [(&str, u64); 3] = [
        ("inputTokens", usage.input),
        ("outputTokens", usage.output),
        ("totalTokens", total),
    ];
    let cached = [
        ("cacheReadInputTokens", usage.cached_read),
        ("cacheWriteInputTokens", usage.cached_write),
    ];
    let cached = cached.into_iter().filter(|(_, count)| *count > 0);
    let fields: BTreeMap<&str, u64> = counts.into_iter().chain(cached).collect();
    object.field("usage", &fields);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_under_either_name_and_what_is_no_count_is_nothing() {
        let check = |text: &str, expect: [u64; 4]| {
            let raw: Box<RawValue> = serde_json::from_str(text).unwrap();
            let usage = read(&raw);
            let counts = [
                usage.input,
                usage.output,
                usage.cached_read,
                usage.cached_write,
            ];
            assert_eq!(counts, expect, "{text}");
        };
        check(
            r#"{"inputTokens": 3, "outputTokens": 4, "cacheReadInputTokens": 5, "cacheReadInputTokenCount": 5}"#,
            [3, 4, 5, 0],
        );
        check(
            r#"{"outputTokens": 50, "cacheWriteInputTokenCount": 7}"#,
            [0, 50, 0, 7],
        );
        check(r#"{"inputTokens": "9", "outputTokens": -1}"#, [0; 4]);
        check("[]", [0; 4]);
    }
}
