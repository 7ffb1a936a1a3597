//! How a streamed reply introduces itself.
//!
//! Azure's first chunk has empty names and its filter's results, the second one the names: the introduction is put
//! together from all chunks up to the first with an answer or counts.

use std::collections::BTreeMap;

use outlast_types::{Extra, RawJson, ReplyStart, StreamEvent};

use super::super::PROTOCOL;
use crate::Events;
use crate::json::Object;

/// Fields that every chunk has for itself, or that are nothing but padding against eavesdroppers.
const OF_ONE_CHUNK: [&str; 7] = [
    "choices",
    "error",
    "object",
    "obfuscation",
    "p",
    "padding",
    "usage",
];

/// The introduction so far; nothing once it was handed out.
#[derive(Debug)]
pub(super) struct Introduction(Option<Box<ReplyStart>>);

impl Default for Introduction {
    fn default() -> Self {
        Self(Some(Box::new(ReplyStart::new(PROTOCOL))))
    }
}

impl Introduction {
    /// Tells whether it was handed out.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_none()
    }

    /// Adds what a chunk, or a whole body, says of the reply.
    pub(super) fn take(&mut self, document: &str) {
        if let Ok(object) = Object::read(document.as_bytes()) {
            self.take_object(object);
        }
    }

    /// Adds what an object whose other fields were taken says of the reply.
    pub(super) fn take_object(&mut self, mut object: Object<'_>) {
        let Some(start) = &mut self.0 else { return };
        start.id = name(&mut object, "id").or_else(|| start.id.take());
        start.model = name(&mut object, "model").or_else(|| start.model.take());
        start.created = object
            .take_raw("created")
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .filter(|seconds| *seconds != 0)
            .or(start.created);
        for field in OF_ONE_CHUNK {
            object.take_raw(field);
        }
        add_fields(&mut start.extra, object.into_rest());
    }

    /// Hands it out, the first time it is called.
    pub(super) fn finish(&mut self, out: &mut Events) {
        if let Some(start) = self.0.take() {
            out.push_back(StreamEvent::Start(start));
        }
    }
}

/// Takes a name that is not empty.
fn name(object: &mut Object<'_>, field: &str) -> Option<String> {
    let raw = object.take_raw(field)?;
    serde_json::from_str::<String>(raw.get())
        .ok()
        .filter(|name| !name.is_empty())
}

fn add_fields(extra: &mut Option<Extra>, fields: BTreeMap<String, RawJson>) {
    match extra {
        Some(extra) => extra.fields.extend(fields),
        None => *extra = Extra::from_fields(PROTOCOL, fields),
    }
}
