//! How a streamed reply introduces itself.
//!
//! Azure's first chunk has empty names and its filter's results, the second one the names: the introduction is put
//! together from all chunks up to the first with an answer or counts.

use outlast_types::{ReplyStart, StreamEvent};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::super::PROTOCOL;
use super::chunk::Text;
use crate::Events;
use crate::json::{Mirror, Object, read_mirror};

/// What a chunk, or a whole body, says of the reply.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    id: Option<Text<'a>>,
    model: Option<Text<'a>>,
    created: Option<&'a RawValue>,
    rest: Object<'a>,
}

impl<'de> Mirror<'de> for Names<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "id" => self.id = map.next_value()?,
            "model" => self.model = map.next_value()?,
            "created" => self.created = map.next_value()?,
            // Every chunk has these for itself, or they are nothing but padding against eavesdroppers.
            "choices" | "error" | "object" | "obfuscation" | "p" | "padding" | "usage" => {
                map.next_value::<IgnoredAny>()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Names<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

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

    /// Adds what a chunk says of the reply.
    pub(super) fn take(&mut self, chunk: &str) {
        if let Ok(names) = serde_json::from_str(chunk) {
            self.add(names);
        }
    }

    /// Adds what was read of the reply.
    pub(super) fn add(&mut self, names: Names<'_>) {
        let Some(start) = &mut self.0 else { return };
        start.id = filled(names.id).or_else(|| start.id.take());
        start.model = filled(names.model).or_else(|| start.model.take());
        start.created = names
            .created
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .filter(|seconds| *seconds != 0)
            .or(start.created);
        match &mut start.extra {
            Some(extra) => extra.fields.extend(names.rest.into_rest()),
            None => start.extra = names.rest.into_extra(PROTOCOL),
        }
    }

    /// Hands it out, the first time it is called.
    pub(super) fn finish(&mut self, out: &mut Events) {
        if let Some(start) = self.0.take() {
            out.push_back(StreamEvent::Start(start));
        }
    }
}

fn filled(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.0.into_owned())
        .filter(|text| !text.is_empty())
}
