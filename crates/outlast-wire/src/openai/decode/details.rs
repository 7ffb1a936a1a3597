//! `reasoning_details`, put together from their pieces.
//!
//! OpenRouter streams them beside the plain reasoning and wants them back, whole, with the next turn: a text in many
//! pieces of the same type and index, its signature last; encrypted ones at once.

use std::collections::BTreeMap;

use outlast_types::RawJson;
use serde_json::value::RawValue;

use super::chunk::Text;

/// The types whose pieces belong together, and the field that grows.
const GROWING: [(&str, &str); 2] = [
    ("\"reasoning.text\"", "text"),
    ("\"reasoning.summary\"", "summary"),
];

/// The details of one answer so far.
#[derive(Debug, Default)]
pub(super) struct Details(Vec<Detail>);

#[derive(Debug)]
enum Detail {
    Whole(RawJson),
    Growing(Growing),
}

#[derive(Debug)]
struct Growing {
    /// All fields but the one that grows.
    fields: BTreeMap<String, RawJson>,
    name: &'static str,
    text: String,
}

impl Details {
    /// Takes one item of a chunk's `reasoning_details`.
    pub(super) fn push(&mut self, raw: &RawValue) {
        let Some(next) = Growing::read(raw) else {
            self.0.push(Detail::Whole(raw.into()));
            return;
        };
        match self.0.last_mut() {
            Some(Detail::Growing(last)) if last.goes_on_with(&next) => last.join(next),
            _ => self.0.push(Detail::Growing(next)),
        }
    }

    /// Returns all of them as one array; nothing if there are none.
    pub(super) fn take(&mut self) -> Option<RawJson> {
        let details = std::mem::take(&mut self.0);
        if details.is_empty() {
            return None;
        }
        let details: Vec<RawJson> = details.into_iter().filter_map(Detail::into_raw).collect();
        RawJson::from_value(&details).ok()
    }
}

impl Detail {
    fn into_raw(self) -> Option<RawJson> {
        match self {
            Self::Whole(raw) => Some(raw),
            Self::Growing(mut growing) => {
                let text = RawJson::from_value(&growing.text).ok()?;
                growing.fields.insert(growing.name.to_owned(), text);
                RawJson::from_value(&growing.fields).ok()
            }
        }
    }
}

impl Growing {
    fn read(raw: &RawValue) -> Option<Self> {
        let mut fields: BTreeMap<String, RawJson> = serde_json::from_str(raw.get()).ok()?;
        let kind = fields.get("type")?.get();
        let (_, name) = GROWING.into_iter().find(|(known, _)| *known == kind)?;
        let text = match fields.remove(name) {
            Some(raw) => raw.read::<Text<'_>>().ok()?.0.into_owned(),
            None => String::new(),
        };
        Some(Self { fields, name, text })
    }

    fn goes_on_with(&self, next: &Self) -> bool {
        self.name == next.name && self.fields.get("index") == next.fields.get("index")
    }

    fn join(&mut self, next: Self) {
        self.text.push_str(&next.text);
        let news = next
            .fields
            .into_iter()
            .filter(|(_, value)| !value.is_null());
        self.fields.extend(news);
    }
}
