//! Schemas in Google's own form: a part of OpenAPI's, whose types may be written in capitals.
//!
//! Other protocols take JSON Schema only, where a type is `"string"` and not `"STRING"`.

use std::borrow::Cow;

use outlast_types::RawJson;
use serde_json::value::RawValue;

/// Google's names of types.
const TYPES: [(&str, &str); 7] = [
    ("\"STRING\"", "\"string\""),
    ("\"NUMBER\"", "\"number\""),
    ("\"INTEGER\"", "\"integer\""),
    ("\"BOOLEAN\"", "\"boolean\""),
    ("\"ARRAY\"", "\"array\""),
    ("\"OBJECT\"", "\"object\""),
    ("\"NULL\"", "\"null\""),
];

/// Returns a schema of Google's form as a JSON schema, its keys in the order they came.
pub(super) fn to_json_schema(raw: &RawValue) -> RawJson {
    let text = raw.get();
    match lower_types(text) {
        Cow::Borrowed(_) => raw.into(),
        Cow::Owned(text) => RawJson::parse(text).unwrap_or_else(|_| raw.into()),
    }
}

/// Writes the values of fields `type` in small letters.
fn lower_types(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some((start, end)) = next_string(text, at) {
        at = end;
        if text.get(start..end) != Some("\"type\"") {
            continue;
        }
        let Some((value, lower)) = type_after(text, end) else {
            continue;
        };
        out.push_str(text.get(copied..value).unwrap_or_default());
        out.push_str(lower);
        // Each name is as long in small letters.
        copied = value + lower.len();
        at = copied;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// Finds where the next string begins and ends, its quotes included.
fn next_string(text: &str, from: usize) -> Option<(usize, usize)> {
    let start = from + text.get(from..)?.find('"')?;
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(start + 1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some((start, at + 1)),
            _ => {}
        }
    }
    None
}

/// Finds the name of a type as the value of the key that ends at `end`, and what it is in small letters.
fn type_after(text: &str, end: usize) -> Option<(usize, &'static str)> {
    let rest = text.get(end..)?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    let at = text.len() - value.len();
    TYPES
        .iter()
        .find(|(name, _)| value.starts_with(name))
        .map(|(_, lower)| (at, *lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &str, expected: &str) {
        let raw: Box<RawValue> = serde_json::from_str(schema).unwrap();
        assert_eq!(to_json_schema(&raw).get(), expected);
    }

    #[test]
    fn types_are_written_in_small_letters_and_all_else_stays() {
        check(
            r#"{"type" : "OBJECT","properties":{"type":{"type":"STRING","enum":["STRING"]}, "b":{"items":{"type":"INTEGER"}}}}"#,
            r#"{"type" : "object","properties":{"type":{"type":"string","enum":["STRING"]}, "b":{"items":{"type":"integer"}}}}"#,
        );
        check(r#"{"type":"object"}"#, r#"{"type":"object"}"#);
        check(
            r#"{"description":"\"type\": \"STRING\"","type":"STRING"}"#,
            r#"{"description":"\"type\": \"STRING\"","type":"string"}"#,
        );
        check(
            r#"{"type":"TYPE_UNSPECIFIED"}"#,
            r#"{"type":"TYPE_UNSPECIFIED"}"#,
        );
    }
}
