//! What a caller was told of one choice of a streamed reply.

use std::collections::BTreeMap;

use outlast_types::{Extra, RawJson};

use super::super::PROTOCOL;
use super::super::shape::{DETAILS, LOGPROBS};
use crate::json::ObjectWriter;

/// Pieces of fields that stand in the chunk of what they belong to.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    logprobs: Option<RawJson>,
    details: Option<Vec<RawJson>>,
}

impl Waiting {
    /// Writes those of the delta.
    pub(super) fn write_in_delta(&self, delta: &mut ObjectWriter<'_>) {
        delta.optional(DETAILS, self.details.as_ref());
    }

    /// Writes those of the choice.
    pub(super) fn write_in_choice(&self, choice: &mut ObjectWriter<'_>) {
        choice.optional(LOGPROBS, self.logprobs.as_ref());
    }
}

/// What the caller was told of one choice.
#[derive(Debug, Default)]
pub(super) struct ChoiceOut {
    pub(super) index: u32,
    /// The calls it was told of, by the indices of their events; a whole call has none.
    calls: Vec<Option<u32>>,
    /// Fields for the call that comes next.
    pub(super) call_extra: Option<Extra>,
    /// Log probabilities of the text that comes next: they stand in its chunk.
    logprobs: Option<RawJson>,
    /// Details of the reasoning that comes next: apart from it, clients would take them for more of it.
    details: Vec<RawJson>,
    /// The fields it was told piece by piece.
    streamed: Vec<String>,
}

impl ChoiceOut {
    pub(super) fn new(index: u32) -> Self {
        Self {
            index,
            ..Self::default()
        }
    }

    /// Returns the number of the call whose events have `index`, and whether it is new.
    pub(super) fn number_of_call(&mut self, index: Option<u32>) -> (u32, bool) {
        let known = index.and_then(|index| self.calls.iter().position(|call| *call == Some(index)));
        let (number, is_new) = match known {
            Some(number) => (number, false),
            None => {
                self.calls.push(index);
                (self.calls.len() - 1, true)
            }
        };
        (u32::try_from(number).unwrap_or(u32::MAX), is_new)
    }

    /// Takes a piece of the choice's fields. Returns those that stand in a delta of their own.
    pub(super) fn take_piece(&mut self, extra: &Extra) -> BTreeMap<String, RawJson> {
        let mut fields = extra.fields_for(&PROTOCOL).cloned().unwrap_or_default();
        for name in fields.keys() {
            if !self.streamed.contains(name) {
                self.streamed.push(name.clone());
            }
        }
        if let Some(logprobs) = fields.remove(LOGPROBS) {
            self.logprobs = Some(logprobs);
        }
        let details = fields.remove(DETAILS);
        let details = details.and_then(|raw| raw.read::<Vec<RawJson>>().ok());
        self.details.extend(details.into_iter().flatten());
        fields
    }

    /// Takes the pieces that wait for the next chunk.
    pub(super) fn take_waiting(&mut self) -> Waiting {
        let details = std::mem::take(&mut self.details);
        Waiting {
            logprobs: self.logprobs.take(),
            details: (!details.is_empty()).then_some(details),
        }
    }

    /// Returns the fields of this protocol that were not told piece by piece.
    pub(super) fn news(&self, extra: Option<&Extra>) -> BTreeMap<String, RawJson> {
        let fields = extra.and_then(|extra| extra.fields_for(&PROTOCOL));
        let mut fields = fields.cloned().unwrap_or_default();
        fields.retain(|name, _| !self.streamed.contains(name));
        fields
    }
}
