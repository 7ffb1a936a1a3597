//! What is gathered over a stream and handed out at the end of its choice.

use std::collections::BTreeMap;

use outlast_types::{Extra, RawJson};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::PROTOCOL;
use super::chunk::Delta;

/// The most bytes that are gathered for one choice; what comes after is left out.
const MAX_KEPT: usize = 4 * 1024 * 1024;

/// Fields of a message that come in pieces, each an array: the pieces are put after each other.
#[derive(Debug, Default)]
pub(super) struct Kept {
    arrays: BTreeMap<&'static str, Vec<RawJson>>,
    /// The items of `logprobs.content` and `logprobs.refusal`.
    logprobs: BTreeMap<String, Vec<RawJson>>,
    /// `logprobs` in a form without these two, the last one.
    other_logprobs: Option<RawJson>,
    filter_results: Option<RawJson>,
    bytes: usize,
}

impl Kept {
    /// Keeps the fields of a delta that are no content of their own.
    pub(super) fn take_delta(&mut self, delta: &Delta<'_>) {
        self.take_array("reasoning_details", delta.reasoning_details);
        self.take_array("annotations", delta.annotations);
        self.take_array("images", delta.images);
    }

    /// Keeps `logprobs` of one chunk.
    pub(super) fn take_logprobs(&mut self, raw: Option<&RawValue>) {
        let Some(raw) = raw else { return };
        if !self.has_room_for(raw) {
            return;
        }
        let lists: Result<BTreeMap<String, Option<Vec<RawJson>>>, _> =
            serde_json::from_str(raw.get());
        let Ok(lists) = lists else {
            self.other_logprobs = Some(RawJson::from(raw));
            return;
        };
        for (name, items) in lists {
            let list = self.logprobs.entry(name).or_default();
            list.extend(items.into_iter().flatten());
        }
    }

    /// Keeps the filter's results of one chunk; the last ones that say something count.
    pub(super) fn take_filter_results(&mut self, raw: Option<&RawValue>) {
        let Some(raw) = raw.filter(|raw| raw.get() != "{}") else {
            return;
        };
        let same = self
            .filter_results
            .as_ref()
            .is_some_and(|kept| kept.get() == raw.get());
        // Azure repeats them with every chunk.
        if !same {
            self.filter_results = Some(RawJson::from(raw));
        }
    }

    /// Returns the fields of the message.
    pub(super) fn message_extra(&mut self) -> Option<Extra> {
        let fields = std::mem::take(&mut self.arrays)
            .into_iter()
            .filter_map(|(name, items)| Some((name.to_owned(), RawJson::from_value(&items).ok()?)))
            .collect();
        Extra::from_fields(PROTOCOL, fields)
    }

    /// Adds what was gathered of the choice to the fields of its last chunk.
    pub(super) fn add_choice_fields(&mut self, fields: &mut BTreeMap<String, RawJson>) {
        let logprobs = std::mem::take(&mut self.logprobs);
        let logprobs = if logprobs.is_empty() {
            self.other_logprobs.take()
        } else {
            logprobs_of(logprobs)
        };
        if let Some(logprobs) = logprobs {
            fields.insert("logprobs".to_owned(), logprobs);
        }
        if let Some(results) = self.filter_results.take() {
            fields.insert("content_filter_results".to_owned(), results);
        }
    }

    fn take_array(&mut self, name: &'static str, raw: Option<&RawValue>) {
        let Some(raw) = raw else { return };
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
            return;
        };
        if items.is_empty() || !self.has_room_for(raw) {
            return;
        }
        let list = self.arrays.entry(name).or_default();
        for item in items {
            match list.last().and_then(|last| join(last, item)) {
                Some(joined) => {
                    list.pop();
                    list.push(joined);
                }
                None => list.push(RawJson::from(item)),
            }
        }
    }

    fn has_room_for(&mut self, raw: &RawValue) -> bool {
        self.bytes = self.bytes.saturating_add(raw.get().len());
        self.bytes <= MAX_KEPT
    }
}

fn logprobs_of(lists: BTreeMap<String, Vec<RawJson>>) -> Option<RawJson> {
    // An empty list and none at all are the same here; the standard writes `null`.
    let lists: BTreeMap<String, Option<Vec<RawJson>>> = lists
        .into_iter()
        .map(|(name, items)| (name, (!items.is_empty()).then_some(items)))
        .collect();
    RawJson::from_value(&lists).ok()
}

/// Joins two pieces of one item of `reasoning_details`: same type and index, the text goes on.
fn join(last: &RawJson, next: &RawValue) -> Option<RawJson> {
    #[derive(Deserialize, PartialEq)]
    struct Identity {
        r#type: String,
        index: Option<u64>,
    }
    const GROWING: [&str; 3] = ["text", "summary", "data"];

    let identity: Identity = last.read().ok()?;
    if identity != serde_json::from_str(next.get()).ok()? {
        return None;
    }
    let mut joined: BTreeMap<String, RawJson> = last.read().ok()?;
    let next: BTreeMap<String, RawJson> = serde_json::from_str(next.get()).ok()?;
    for (name, value) in next {
        let longer = match joined.get(&name) {
            Some(begun) if GROWING.contains(&name.as_str()) => longer(begun, &value),
            _ => None,
        };
        if longer.is_some() || !value.is_null() {
            joined.insert(name, longer.unwrap_or(value));
        }
    }
    RawJson::from_value(&joined).ok()
}

fn longer(begun: &RawJson, more: &RawJson) -> Option<RawJson> {
    let (mut text, more): (String, String) = (begun.read().ok()?, more.read().ok()?);
    text.push_str(&more);
    RawJson::from_value(&text).ok()
}
