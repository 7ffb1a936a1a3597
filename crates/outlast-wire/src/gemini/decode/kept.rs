//! What stands beside an answer's parts: where it comes from, how safe it is, how likely each token was.
//!
//! It may come in several chunks. What grows with the answer is handed on as it comes, and all of it is told when the
//! answer ends.

use std::collections::BTreeMap;

use outlast_types::{Extra, RawJson};
use serde_json::Value;

use super::super::PROTOCOL;
use crate::Events;
use crate::codec::push_extra_delta;
use crate::json::Object;

/// The most bytes that are kept of the fields of one answer.
const MAX_KEPT: usize = 4 * 1024 * 1024;

/// The fields whose lists grow from chunk to chunk; of all others the last one counts.
const GROWING: [&str; 2] = ["citationMetadata", "urlContextMetadata"];

/// The fields that are handed on as they come.
const STREAMED: [&str; 4] = [
    "citationMetadata",
    "groundingMetadata",
    "logprobsResult",
    "urlContextMetadata",
];

/// The fields of one answer.
#[derive(Debug, Default)]
pub(super) struct Kept {
    fields: BTreeMap<String, RawJson>,
    bytes: usize,
}

impl Kept {
    /// Takes the fields of one chunk.
    pub(super) fn take(
        &mut self,
        choice: u32,
        rest: &Object<'_>,
        is_whole: bool,
        out: &mut Events,
    ) {
        for (name, raw) in rest.fields() {
            if !is_whole && STREAMED.contains(&&**name) && !says_nothing(raw.get()) {
                push_extra_delta(choice, PROTOCOL, name, (*raw).into(), out);
            }
            self.bytes = self.bytes.saturating_add(raw.get().len());
            if self.bytes <= MAX_KEPT {
                self.add(name, RawJson::from(*raw));
            }
        }
    }

    pub(super) fn insert(&mut self, name: &str, value: RawJson) {
        self.fields.insert(name.to_owned(), value);
    }

    /// Returns the fields, for the answer's end.
    pub(super) fn into_extra(self) -> Option<Extra> {
        Extra::from_fields(PROTOCOL, self.fields)
    }

    fn add(&mut self, name: &str, value: RawJson) {
        match self.fields.get_mut(name) {
            None => {
                self.fields.insert(name.to_owned(), value);
            }
            // Each chunk repeats the field, and only the last one has something in it.
            Some(_) if says_nothing(value.get()) => {}
            Some(known) if GROWING.contains(&name) => *known = joined(known, &value),
            Some(known) => *known = value,
        }
    }
}

fn says_nothing(json: &str) -> bool {
    matches!(json, "{}" | "[]" | "null")
}

/// Joins two objects: lists of the same name are put one after the other, of anything else the second counts.
fn joined(first: &RawJson, second: &RawJson) -> RawJson {
    let (Ok(Value::Object(mut all)), Ok(Value::Object(more))) = (first.read(), second.read())
    else {
        return second.clone();
    };
    for (name, value) in more {
        match (all.get_mut(&name), value) {
            (Some(Value::Array(list)), Value::Array(items)) => list.extend(items),
            (_, value) => {
                all.insert(name, value);
            }
        }
    }
    RawJson::from(Value::Object(all))
}
