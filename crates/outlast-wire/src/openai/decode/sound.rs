//! Sound that is streamed beside the answer, put together from its pieces.

use std::collections::BTreeMap;

use outlast_types::RawJson;
use serde_json::value::RawValue;

use crate::media::joined_base64;

/// The most bytes that are gathered of one sound, as base64: 32 MiB. What comes after is left out.
const MAX_SOUND: usize = 32 * 1024 * 1024;

const DATA: &str = "data";
const TRANSCRIPT: &str = "transcript";

/// The sound so far. Bytes and words grow; of its other fields (`id`, `expires_at`) the last ones count.
#[derive(Debug, Default)]
pub(super) struct Sound {
    fields: BTreeMap<String, RawJson>,
    data: Vec<String>,
    transcript: String,
    bytes: usize,
}

impl Sound {
    /// Takes the `audio` of one delta.
    pub(super) fn push(&mut self, raw: &RawValue) {
        self.bytes = self.bytes.saturating_add(raw.get().len());
        if self.bytes > MAX_SOUND {
            return;
        }
        let fields: BTreeMap<String, RawJson> = serde_json::from_str(raw.get()).unwrap_or_default();
        for (name, value) in fields {
            match (name.as_str(), value.read::<String>()) {
                (DATA, Ok(piece)) => self.data.push(piece),
                (TRANSCRIPT, Ok(piece)) => self.transcript.push_str(&piece),
                _ => {
                    self.fields.insert(name, value);
                }
            }
        }
    }

    /// Returns the whole of it, in the form of a unary reply; nothing if there is none.
    pub(super) fn take(&mut self) -> Option<RawJson> {
        let Self {
            mut fields,
            data,
            transcript,
            ..
        } = std::mem::take(self);
        if fields.is_empty() && data.is_empty() && transcript.is_empty() {
            return None;
        }
        let data = joined_base64(&data);
        for (name, text) in [(DATA, data), (TRANSCRIPT, transcript)] {
            fields.insert(name.to_owned(), RawJson::from_value(&text).ok()?);
        }
        RawJson::from_value(&fields).ok()
    }
}
