//! What comes in pieces beside the content: handed on as it comes, and whole at the end of its choice.

use std::collections::BTreeMap;

use outlast_types::{Extra, RawJson};
use serde_json::value::RawValue;

use super::super::PROTOCOL;
use super::chunk::Delta;
use super::details::Details;
use super::sound::Sound;
use crate::Events;
use crate::codec::push_extra_delta;
use crate::openai::shape::{DETAILS, LOGPROBS};

const SOUND: &str = "audio";

/// The most bytes that are gathered for one choice; what comes after is left out.
const MAX_KEPT: usize = 4 * 1024 * 1024;

/// Fields of a message that come in pieces, each an array: the pieces are put after each other.
#[derive(Debug, Default)]
pub(super) struct Kept {
    arrays: BTreeMap<&'static str, Vec<RawJson>>,
    details: Details,
    /// The items of `logprobs.content` and `logprobs.refusal`.
    logprobs: BTreeMap<String, Vec<RawJson>>,
    /// `logprobs` in a form without these two, the last one.
    other_logprobs: Option<RawJson>,
    filter_results: Option<RawJson>,
    sound: Sound,
    bytes: usize,
}

impl Kept {
    /// Takes the fields of a delta that are no content of their own.
    pub(super) fn take_delta(&mut self, choice: u32, delta: &Delta<'_>, out: &mut Events) {
        let lists = [
            (DETAILS, delta.reasoning_details),
            ("annotations", delta.annotations),
            ("images", delta.images),
            (SOUND, delta.audio),
        ];
        for (name, raw) in lists {
            if let Some(raw) = raw.filter(|raw| !matches!(raw.get(), "null" | "[]" | "{}")) {
                push_extra_delta(choice, PROTOCOL, name, raw.into(), out);
            }
        }
        if let Some(sound) = delta.audio {
            self.sound.push(sound);
        }
        for raw in self.items_of(delta.reasoning_details) {
            self.details.push(raw);
        }
        for (name, list) in [("annotations", delta.annotations), ("images", delta.images)] {
            let items = self.items_of(list);
            if !items.is_empty() {
                let kept = self.arrays.entry(name).or_default();
                kept.extend(items.into_iter().map(RawJson::from));
            }
        }
    }

    /// Takes `logprobs` of one chunk.
    pub(super) fn take_logprobs(&mut self, choice: u32, raw: Option<&RawValue>, out: &mut Events) {
        let Some(raw) = raw else { return };
        let lists: Result<BTreeMap<String, Option<Vec<RawJson>>>, _> =
            serde_json::from_str(raw.get());
        let says_nothing = lists
            .as_ref()
            .is_ok_and(|lists| lists.values().flatten().all(Vec::is_empty));
        if !says_nothing {
            push_extra_delta(choice, PROTOCOL, LOGPROBS, raw.into(), out);
        }
        if !self.has_room_for(raw) {
            return;
        }
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
        let mut fields: BTreeMap<String, RawJson> = std::mem::take(&mut self.arrays)
            .into_iter()
            .filter_map(|(name, items)| Some((name.to_owned(), RawJson::from_value(&items).ok()?)))
            .collect();
        if let Some(details) = self.details.take() {
            fields.insert(DETAILS.to_owned(), details);
        }
        if let Some(sound) = self.sound.take() {
            fields.insert(SOUND.to_owned(), sound);
        }
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
            fields.insert(LOGPROBS.to_owned(), logprobs);
        }
        if let Some(results) = self.filter_results.take() {
            fields.insert("content_filter_results".to_owned(), results);
        }
    }

    /// Returns the items of an array, if there is room for them.
    fn items_of<'a>(&mut self, raw: Option<&'a RawValue>) -> Vec<&'a RawValue> {
        raw.filter(|raw| self.has_room_for(raw))
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .unwrap_or_default()
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
