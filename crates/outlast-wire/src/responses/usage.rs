//! Token counts, in both directions.
//!
//! `input_tokens` contains the cached tokens and `output_tokens` the reasoning, at every provider that was seen.

use outlast_types::{Opaque, RawJson, StreamEvent, Usage};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::json::ObjectWriter;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireUsage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    input_tokens_details: Option<InputDetails>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning_tokens: Option<u64>,
}

/// Reads a `usage` object as an event. A value that is no such object is none.
pub(super) fn read_event(raw: &RawValue) -> Option<StreamEvent> {
    let usage = read(raw)?;
    let raw = Box::new(Opaque {
        origin: PROTOCOL,
        raw: RawJson::from(raw),
    });
    Some(StreamEvent::Usage {
        usage,
        raw: Some(raw),
    })
}

fn read(raw: &RawValue) -> Option<Usage> {
    let wire: Option<WireUsage> = serde_json::from_str(raw.get()).ok()?;
    let wire = wire?;
    let input = wire.input_tokens_details.unwrap_or_default();
    let mut usage = Usage::new(0, wire.output_tokens.unwrap_or(0));
    usage.cached_read = input.cached_tokens.unwrap_or(0);
    usage.cached_write = input.cache_write_tokens.unwrap_or(0);
    usage.input = wire
        .input_tokens
        .unwrap_or(0)
        .saturating_sub(usage.cached_read)
        .saturating_sub(usage.cached_write);
    usage.reasoning = wire
        .output_tokens_details
        .unwrap_or_default()
        .reasoning_tokens
        .unwrap_or(0);
    Some(usage)
}

/// Writes the field `usage`: as the provider wrote it if that was in this protocol, else from the counts.
pub(super) fn write(object: &mut ObjectWriter<'_>, usage: Usage, raw: Option<&Opaque>) {
    if let Some(raw) = raw.filter(|raw| raw.origin == PROTOCOL) {
        object.field("usage", &raw.raw);
        return;
    }
    let input = usage.total_input();
    object.object("usage", |fields| {
        fields.field("input_tokens", &input);
        fields.object("input_tokens_details", |details| {
            details.field("cached_tokens", &usage.cached_read);
            if usage.cached_write > 0 {
                details.field("cache_write_tokens", &usage.cached_write);
            }
        });
        fields.field("output_tokens", &usage.output);
        fields.object("output_tokens_details", |details| {
            details.field("reasoning_tokens", &usage.reasoning);
        });
        fields.field("total_tokens", &input.saturating_add(usage.output));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, input: u64, cached: (u64, u64), output: u64, reasoning: u64) {
        let raw = RawJson::parse(json).unwrap();
        let usage = read(raw.as_raw_value()).unwrap();
        assert_eq!(
            (usage.input, usage.cached_read, usage.cached_write),
            (input, cached.0, cached.1),
            "{json}"
        );
        assert_eq!(
            (usage.output, usage.reasoning),
            (output, reasoning),
            "{json}"
        );
    }

    #[test]
    fn cached_tokens_are_taken_out_of_the_input() {
        check(
            r#"{"input_tokens":1220,"input_tokens_details":{"cached_tokens":1024,"cache_write_tokens":100},"output_tokens":30,"output_tokens_details":{"reasoning_tokens":20},"total_tokens":1250}"#,
            96,
            (1024, 100),
            30,
            20,
        );
        check(
            r#"{"input_tokens":5,"input_tokens_details":{"cached_tokens":9},"output_tokens":null}"#,
            0,
            (9, 0),
            0,
            0,
        );
    }

    #[test]
    fn what_is_no_usage_is_none() {
        for json in ["null", "5", "\"x\"", r#"{"input_tokens":"many"}"#] {
            let raw = RawJson::parse(json).unwrap();
            assert!(read(raw.as_raw_value()).is_none(), "{json}");
        }
    }
}
