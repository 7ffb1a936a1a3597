//! Ids of tool calls in the form a provider takes.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

/// Gives each tool call an id that is unique and fits, and finds it again for the result.
///
/// Other providers give ids with other characters, the same id to calls of different turns, or none at all. A result
/// answers the earliest call of its id that has no result yet. Ids that fit already stay as they are.
#[derive(Debug)]
pub(crate) struct CallIds<'a> {
    /// Makes any id one that fits.
    fit: fn(&str) -> Cow<'_, str>,
    /// The ids that were given, each with the number that tells the next call of the same id apart.
    taken: HashMap<Cow<'a, str>, usize>,
    unanswered: HashMap<&'a str, VecDeque<Cow<'a, str>>>,
}

impl<'a> CallIds<'a> {
    /// Gives ids that `fit` makes; it leaves those that fit already as they are.
    pub(crate) fn new(fit: fn(&str) -> Cow<'_, str>) -> Self {
        Self {
            fit,
            taken: HashMap::new(),
            unanswered: HashMap::new(),
        }
    }

    /// Returns the id for a call that has `id`.
    pub(crate) fn of_call(&mut self, id: &'a str) -> Cow<'a, str> {
        let assigned = self.unique(id);
        self.taken.insert(assigned.clone(), 1);
        self.unanswered
            .entry(id)
            .or_default()
            .push_back(assigned.clone());
        assigned
    }

    /// Returns the id for the result of a call that has `id`.
    pub(crate) fn of_result(&mut self, id: &'a str) -> Cow<'a, str> {
        self.unanswered
            .get_mut(id)
            .and_then(VecDeque::pop_front)
            .unwrap_or_else(|| (self.fit)(id))
    }

    fn unique(&mut self, id: &'a str) -> Cow<'a, str> {
        let id = (self.fit)(id);
        let Some(next) = self.taken.get(&id).copied() else {
            return id;
        };
        let mut number = next;
        let unique = loop {
            let candidate = Cow::Owned(self.numbered(&id, number));
            number += 1;
            if !self.taken.contains_key(&candidate) {
                break candidate;
            }
        };
        self.taken.insert(id, number);
        unique
    }

    /// Puts a number behind an id, in place of its last characters if there is no room.
    fn numbered(&self, id: &str, number: usize) -> String {
        let mut kept = id.chars();
        loop {
            let candidate = format!("{}_{number}", kept.as_str());
            if (self.fit)(&candidate) == candidate || kept.next_back().is_none() {
                return candidate;
            }
        }
    }
}
