//! A block that is handed on whole: what a tool answered that the provider ran itself, a picture, thoughts that cannot be
//! read, and kinds of blocks that are still to come.

use std::collections::BTreeMap;

use outlast_types::{ContentPart, Opaque, RawJson};
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::json::{Object, Shape, shape};
use crate::media::joined_base64;

type Fields = BTreeMap<String, RawJson>;

/// A block that is put together from its start and its deltas, as the official clients do it.
///
/// Of a field that comes again, objects are joined field by field, arrays item after item, strings one after the other;
/// anything else replaces what was there. The inside of a `toolResult` is the list of its `content`.
#[derive(Debug, Default)]
pub(super) struct HeldBlock {
    fields: Fields,
    /// The pieces of a call's `input`, which is JSON in pieces of text.
    input: String,
    /// The pieces of thoughts that cannot be read.
    redacted: Vec<String>,
}

impl HeldBlock {
    /// Begins a block with its `start`.
    pub(super) fn begin(start: Object<'_>) -> Self {
        Self {
            fields: start.into_rest(),
            ..Self::default()
        }
    }

    pub(super) fn add_input(&mut self, json: &str) {
        self.input.push_str(json);
    }

    pub(super) fn add_redacted(&mut self, piece: String) {
        self.redacted.push(piece);
    }

    /// Adds the fields of a delta.
    pub(super) fn add(&mut self, delta: Object<'_>) {
        for (name, value) in delta.into_rest() {
            let value = match shape(value.as_raw_value()) {
                Shape::Array if name == "toolResult" => wrapped("content", &value).unwrap_or(value),
                _ => value,
            };
            add_field(&mut self.fields, name, value);
        }
    }

    /// Ends the block; `None` if nothing came of it.
    pub(super) fn into_part(mut self) -> Option<ContentPart> {
        if !self.redacted.is_empty() {
            let redacted = joined_base64(&self.redacted);
            let redacted = RawJson::from(serde_json::json!(redacted));
            self.wrap("reasoningContent", "redactedContent", &redacted);
        }
        if !self.input.is_empty() {
            let input = std::mem::take(&mut self.input);
            let input = RawJson::parse(&*input).unwrap_or_else(|_| serde_json::json!(input).into());
            self.wrap("toolUse", "input", &input);
        }
        if self.fields.is_empty() {
            return None;
        }
        let raw = RawJson::from_value(&self.fields).ok()?;
        Some(ContentPart::Opaque(Opaque {
            origin: PROTOCOL,
            raw,
        }))
    }

    fn wrap(&mut self, outer: &str, inner: &str, value: &RawJson) {
        if let Some(value) = wrapped(inner, value) {
            add_field(&mut self.fields, outer.to_owned(), value);
        }
    }
}

fn wrapped(name: &str, value: &RawJson) -> Option<RawJson> {
    RawJson::from_value(&BTreeMap::from([(name, value)])).ok()
}

fn add_field(fields: &mut Fields, name: String, value: RawJson) {
    let joined = fields.get(&name).and_then(|before| joined(before, &value));
    fields.insert(name, joined.unwrap_or(value));
}

/// Joins two values of the same shape; `None` if the second replaces the first.
fn joined(before: &RawJson, after: &RawJson) -> Option<RawJson> {
    match (kind(before), kind(after)) {
        (Shape::String, Shape::String) => {
            let text = before.read::<String>().ok()? + &after.read::<String>().ok()?;
            RawJson::from_value(&text).ok()
        }
        (Shape::Array, Shape::Array) => {
            let mut items: Vec<&RawValue> = before.read().ok()?;
            items.extend(after.read::<Vec<&RawValue>>().ok()?);
            RawJson::from_value(&items).ok()
        }
        (Shape::Object, Shape::Object) => {
            let mut fields: Fields = before.read().ok()?;
            // No deeper: a stream may nest them as deep as it likes.
            for (name, value) in after.read::<Fields>().ok()? {
                let value = match fields.get(&name) {
                    Some(first) if kind(first) != Shape::Object => {
                        joined(first, &value).unwrap_or(value)
                    }
                    _ => value,
                };
                fields.insert(name, value);
            }
            RawJson::from_value(&fields).ok()
        }
        _ => None,
    }
}

fn kind(raw: &RawJson) -> Shape {
    shape(raw.as_raw_value())
}
