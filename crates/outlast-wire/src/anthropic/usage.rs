//! Token counts.

use std::collections::BTreeMap;

use outlast_types::{Opaque, RawJson, Usage};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::json::{Object, ObjectWriter, read_value};

/// Adds to `usage` what a `usage` object says.
///
/// Counts are cumulative, so a later one replaces an earlier one; what is absent or `null` leaves what is known, for
/// older streams give input counts at the start only. So do input counts that are all 0, which no request has: gateways
/// write them where they do not know. `input_tokens` excludes what the cache counts, and `output_tokens` includes
/// thinking, as [`Usage`] wants it.
pub(super) fn update(usage: &mut Usage, raw: &RawValue) {
    let Ok(counts) = read_value::<Counts<'_>>(raw) else {
        return;
    };
    let inputs = [
        counts.input_tokens,
        counts.cache_read_input_tokens,
        counts.cache_creation_input_tokens,
    ]
    .map(count);
    if inputs.iter().flatten().any(|count| *count > 0) {
        let [input, cached_read, cached_write] = inputs;
        usage.input = input.unwrap_or(usage.input);
        usage.cached_read = cached_read.unwrap_or(usage.cached_read);
        usage.cached_write = cached_write.unwrap_or(usage.cached_write);
    }
    usage.output = count(counts.output_tokens).unwrap_or(usage.output);
    let details = counts.output_tokens_details.map(Object::from_raw);
    if let Some(Ok(details)) = details
        && let Some(thinking) = count(details.get("thinking_tokens"))
    {
        usage.reasoning = thinking;
    }
}

/// The texts of the counts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts<'a> {
    #[serde(borrow)]
    input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_read_input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation_input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    output_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    output_tokens_details: Option<&'a RawValue>,
}

/// Reads a count; what is no whole number of at least 0 is none.
fn count(raw: Option<&RawValue>) -> Option<u64> {
    raw?.get().parse().ok()
}

/// Keeps a `usage` object as it is.
pub(super) fn keep(raw: &RawValue) -> Opaque {
    Opaque {
        origin: PROTOCOL,
        raw: raw.into(),
    }
}

/// Writes the field `usage` of a stream's event: as the provider wrote it if the reply came in this protocol, else from
/// the counts.
pub(super) fn write(object: &mut ObjectWriter<'_>, usage: &Usage, raw: Option<&Opaque>) {
    match raw.filter(|raw| raw.origin == PROTOCOL) {
        Some(raw) => {
            object.field("usage", &raw.raw);
        }
        None => write_whole(object, usage, None),
    }
}

/// Writes the field `usage` of a whole reply: what the provider wrote, and the counts it left out, as it does at the end
/// of a stream.
pub(super) fn write_whole(object: &mut ObjectWriter<'_>, usage: &Usage, raw: Option<&Opaque>) {
    let written = raw
        .filter(|raw| raw.origin == PROTOCOL)
        .and_then(|raw| raw.raw.read::<BTreeMap<String, RawJson>>().ok())
        .unwrap_or_default();
    object.object("usage", |fields| {
        for (name, count) in [
            ("input_tokens", usage.input),
            ("cache_creation_input_tokens", usage.cached_write),
            ("cache_read_input_tokens", usage.cached_read),
            ("output_tokens", usage.output),
        ] {
            if !written.contains_key(name) && (count > 0 || !name.starts_with("cache")) {
                fields.field(name, &count);
            }
        }
        fields.fields(&written);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Usage {
        let mut usage = Usage::default();
        for text in texts {
            let raw: Box<RawValue> = serde_json::from_str(text).unwrap();
            update(&mut usage, &raw);
        }
        usage
    }

    #[test]
    fn later_counts_replace_earlier_ones_and_unknown_ones_do_not() {
        let usage = read(&[
            r#"{"input_tokens": 25, "cache_read_input_tokens": 7, "output_tokens": 1}"#,
            r#"{"output_tokens": 15}"#,
        ]);
        assert_eq!((usage.input, usage.cached_read, usage.output), (25, 7, 15));

        let usage = read(&[
            r#"{"input_tokens": 0, "cache_read_input_tokens": null, "output_tokens": 0}"#,
            r#"{"input_tokens": 32, "output_tokens": 16, "output_tokens_details": {"thinking_tokens": 5}}"#,
        ]);
        assert_eq!((usage.input, usage.output, usage.reasoning), (32, 16, 5));

        let usage = read(&[
            r#"{"input_tokens": 181, "cache_read_input_tokens": 55096, "output_tokens": 7}"#,
            r#"{"input_tokens": 181, "cache_read_input_tokens": 0, "output_tokens": 8}"#,
        ]);
        assert_eq!((usage.input, usage.cached_read), (181, 0));

        let usage = read(&[
            r#"{"input_tokens": 25, "output_tokens": 1}"#,
            r#"{"input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 15}"#,
        ]);
        assert_eq!((usage.input, usage.output), (25, 15));
    }

    #[test]
    fn counts_that_are_no_numbers_are_left_out() {
        assert_eq!(
            read(&["[]", "5", r#"{"input_tokens": "9", "output_tokens": -1}"#]),
            Usage::default()
        );
    }
}
