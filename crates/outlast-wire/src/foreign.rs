//! What it means that a field or a part of one protocol cannot be carried by another.
//!
//! A protocol's own extra fields hold more than what was asked for: how a value was spelled, marks of form, a `null`.
//! Leaving those out loses nothing. Others bear on cost or speed only. All the rest is a loss.

use outlast_types::{Error, Extra, Opaque, Protocol, RawJson};
use serde::de::DeserializeOwned;

use crate::{anthropic, bedrock, gemini, openai, responses};

/// How much it matters that something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Not at all: it says nothing, or what it says is carried by the vocabulary.
    Nothing,
    /// It bears on cost or speed, or means nothing elsewhere.
    Change,
    /// The answer, or what is done with it, may show it.
    Loss,
}

/// Weighs the field `name` of `origin`, wherever in a request it stands.
pub(crate) fn weigh_field(origin: &Protocol, name: &str, value: &RawJson) -> Weight {
    if says_nothing(value) {
        return Weight::Nothing;
    }
    if *origin == openai::PROTOCOL {
        openai::weigh_field(name, value)
    } else if *origin == anthropic::PROTOCOL {
        anthropic::weigh_field(name, value)
    } else if *origin == responses::PROTOCOL {
        responses::weigh_field(name, value)
    } else if *origin == bedrock::PROTOCOL {
        bedrock::weigh_field(name, value)
    } else if *origin == gemini::PROTOCOL {
        gemini::weigh_field(name, value)
    } else {
        Weight::Loss
    }
}

/// Weighs a field that the vocabulary has the value of if it could be read as `T`.
pub(crate) fn weigh_unread<T: DeserializeOwned>(value: &RawJson) -> Weight {
    match value.read::<T>() {
        Ok(_) => Weight::Nothing,
        Err(_) => Weight::Loss,
    }
}

/// Refuses fields that stand for content which is stored at an account.
pub(crate) fn refuse_stored(extra: &Extra) -> Result<(), Error> {
    [responses::BOUND, gemini::BOUND]
        .iter()
        .try_for_each(|bound| bound.refuse_stored(extra))
}

/// Refuses a part that stands for content which is stored at an account.
pub(crate) fn refuse_stored_part(part: &Opaque) -> Result<(), Error> {
    [responses::BOUND, gemini::BOUND]
        .iter()
        .filter(|bound| bound.protocol == part.origin)
        .try_for_each(|bound| bound.refuse_stored_part(part))
}

/// Weighs a part of another protocol. What a model thought is of use to its own provider only.
pub(crate) fn weigh_part(part: &Opaque) -> Weight {
    if part.origin == anthropic::PROTOCOL {
        anthropic::weigh_part(part)
    } else if part.origin == responses::PROTOCOL {
        responses::weigh_part(part)
    } else if part.origin == bedrock::PROTOCOL {
        bedrock::weigh_part(part)
    } else {
        Weight::Loss
    }
}

/// `null` is as good as nothing, and so is an empty list. An empty object is not: `"web_search_options": {}` asks for a
/// search.
fn says_nothing(value: &RawJson) -> bool {
    value.is_null() || value.get() == "[]"
}

/// Cuts a name off after at most `max` bytes.
pub(crate) fn shortened(name: &str, max: usize) -> &str {
    let end = name
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take_while(|end| *end <= max)
        .last()
        .unwrap_or(0);
    name.get(..end).unwrap_or_default()
}
