//! Ids of tool calls in the form Anthropic takes.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

/// Gives each tool call an id that is unique and matches `^[a-zA-Z0-9_-]+$`, and finds it again for the result.
///
/// Other providers give ids with other characters, the same id to calls of different turns, or none at all. A result
/// answers the earliest call of its id that has no result yet. Ids that fit already stay as they are.
#[derive(Debug, Default)]
pub(super) struct CallIds<'a> {
    /// The ids that were given, each with the number that tells the next call of the same id apart.
    taken: HashMap<Cow<'a, str>, usize>,
    unanswered: HashMap<&'a str, VecDeque<Cow<'a, str>>>,
}

impl<'a> CallIds<'a> {
    /// Returns the id for a call that has `id`.
    pub(super) fn of_call(&mut self, id: &'a str) -> Cow<'a, str> {
        let assigned = self.unique(id);
        self.taken.insert(assigned.clone(), 1);
        self.unanswered
            .entry(id)
            .or_default()
            .push_back(assigned.clone());
        assigned
    }

    /// Returns the id for the result of a call that has `id`.
    pub(super) fn of_result(&mut self, id: &'a str) -> Cow<'a, str> {
        self.unanswered
            .get_mut(id)
            .and_then(VecDeque::pop_front)
            .unwrap_or_else(|| valid(id))
    }

    fn unique(&mut self, id: &'a str) -> Cow<'a, str> {
        let id = valid(id);
        let Some(next) = self.taken.get(&id).copied() else {
            return id;
        };
        let mut number = next;
        let unique = loop {
            let candidate = Cow::Owned(format!("{id}_{number}"));
            number += 1;
            if !self.taken.contains_key(&candidate) {
                break candidate;
            }
        };
        self.taken.insert(id, number);
        unique
    }
}

fn valid(id: &str) -> Cow<'_, str> {
    if id.is_empty() {
        return Cow::Borrowed("call");
    }
    if id.bytes().all(is_valid) {
        return Cow::Borrowed(id);
    }
    let replace = |c: char| {
        u8::try_from(c)
            .ok()
            .filter(|c| is_valid(*c))
            .map_or('_', char::from)
    };
    Cow::Owned(id.chars().map(replace).collect())
}

fn is_valid(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_' || c == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_fits_stays_and_one_that_does_not_is_changed_for_call_and_result_alike() {
        let mut ids = CallIds::default();
        assert_eq!(ids.of_call("toolu_01"), "toolu_01");
        assert_eq!(ids.of_call("functions.f:0"), "functions_f_0");
        assert_eq!(ids.of_result("functions.f:0"), "functions_f_0");
        assert_eq!(ids.of_result("toolu_01"), "toolu_01");
    }

    #[test]
    fn equal_ids_are_told_apart_and_answered_in_order() {
        let mut ids = CallIds::default();
        let calls = [
            ids.of_call(""),
            ids.of_call(""),
            ids.of_call("a.b"),
            ids.of_call("a:b"),
        ];
        assert_eq!(calls, ["call", "call_1", "a_b", "a_b_1"]);
        assert_eq!([ids.of_result(""), ids.of_result("")], ["call", "call_1"]);
        assert_eq!(
            [ids.of_result("a:b"), ids.of_result("a.b")],
            ["a_b_1", "a_b"]
        );

        assert_eq!(ids.of_call("a.b"), "a_b_2");
        assert_eq!(ids.of_result("a.b"), "a_b_2");
    }

    #[test]
    fn a_result_without_a_call_has_a_valid_id_too() {
        assert_eq!(CallIds::default().of_result("ж"), "_");
    }
}
