//! Ids of tool calls: in the form a provider takes, and for those that a provider gave none.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

/// Makes any id one that fits; leaves those that fit already as they are.
type Fit = fn(&str) -> Cow<'_, str>;

/// Gives each tool call an id, and finds it again for the result.
#[derive(Debug)]
pub(crate) enum CallIds<'a> {
    /// The ids that the caller wrote, in the provider's own protocol.
    AsWritten,
    /// The same, each made to fit.
    Fit(Fit),
    /// Ids that fit and are unique.
    Unique(UniqueIds<'a>),
}

/// Gives ids that are unique and fit.
///
/// Other providers give ids with other characters, the same id to calls of different turns, or none at all. A result
/// answers the earliest call of its id that has no result yet. Ids that fit already stay as they are.
#[derive(Debug)]
pub(crate) struct UniqueIds<'a> {
    fit: Fit,
    /// The ids that were given, each with the number that tells the next call of the same id apart.
    taken: HashMap<Cow<'a, str>, usize>,
    unanswered: HashMap<&'a str, VecDeque<Cow<'a, str>>>,
}

impl<'a> CallIds<'a> {
    /// Gives unique ids that `fit` makes.
    pub(crate) fn new(fit: Fit) -> Self {
        Self::Unique(UniqueIds {
            fit,
            taken: HashMap::new(),
            unanswered: HashMap::new(),
        })
    }

    /// Gives unique ids that `fit` makes, or leaves those of a request that came in the provider's own protocol.
    pub(crate) fn unless_own(own: bool, fit: Fit) -> Self {
        if own { Self::AsWritten } else { Self::new(fit) }
    }

    /// Returns the id for a call that has `id`.
    pub(crate) fn of_call(&mut self, id: &'a str) -> Cow<'a, str> {
        match self {
            Self::AsWritten => Cow::Borrowed(id),
            Self::Fit(fit) => fit(id),
            Self::Unique(ids) => ids.of_call(id),
        }
    }

    /// Returns the id for the result of a call that has `id`.
    pub(crate) fn of_result(&mut self, id: &'a str) -> Cow<'a, str> {
        match self {
            Self::AsWritten => Cow::Borrowed(id),
            Self::Fit(fit) => fit(id),
            Self::Unique(ids) => ids.of_result(id),
        }
    }
}

impl<'a> UniqueIds<'a> {
    fn of_call(&mut self, id: &'a str) -> Cow<'a, str> {
        let assigned = self.unique(id);
        self.taken.insert(assigned.clone(), 1);
        self.unanswered
            .entry(id)
            .or_default()
            .push_back(assigned.clone());
        assigned
    }

    fn of_result(&mut self, id: &'a str) -> Cow<'a, str> {
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

    /// Puts a number behind an id, in place of its last characters if there is no room. Where no such id fits, what fits
    /// is made of the number too.
    fn numbered(&self, id: &str, number: usize) -> String {
        let mut kept = id.chars();
        loop {
            let candidate = format!("{}_{number}", kept.as_str());
            if (self.fit)(&candidate) == candidate {
                return candidate;
            }
            if kept.next_back().is_none() {
                return (self.fit)(&format!("{id}_{number}")).into_owned();
            }
        }
    }
}

/// Makes any id one that is not empty and has at most `max` bytes, of which there must be 21 or more.
pub(crate) fn short(id: &str, max: usize) -> Cow<'_, str> {
    match id.len() {
        0 => Cow::Borrowed("call"),
        len if len <= max => Cow::Borrowed(id),
        _ => Cow::Owned(format!("call_{:016x}", fnv1a(id.bytes()))),
    }
}

/// Makes an id for the call with this number in a reply whose provider gave it none. It tells the calls of one reply apart,
/// and those of two replies that have ids.
pub(crate) fn made(prefix: &str, reply: Option<&str>, number: u32) -> String {
    match reply {
        Some(reply) => {
            let name = reply.bytes().chain(number.to_le_bytes());
            format!("{prefix}{:016x}", fnv1a(name))
        }
        None => format!("{prefix}{number}"),
    }
}

/// Hashes bytes, the same in every run: a result may be written by another process than its call.
pub(crate) fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
