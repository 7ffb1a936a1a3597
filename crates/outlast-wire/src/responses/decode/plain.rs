//! The frame that almost every frame is: a piece of text, reasoning or arguments, and nothing else that counts.
//!
//! It is read into a mirror that is small, for serde moves it several times. Any other frame is read a second time.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

/// What a piece belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Text,
    Refusal,
    /// A summary of what the model thought.
    Summary,
    /// What the model thought, in full.
    Thought,
    /// The arguments of a function, or the input of a custom tool.
    Arguments,
}

impl Channel {
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "response.output_text.delta" => Self::Text,
            "response.refusal.delta" => Self::Refusal,
            "response.reasoning_summary_text.delta" => Self::Summary,
            "response.reasoning_text.delta" => Self::Thought,
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                Self::Arguments
            }
            _ => return None,
        })
    }
}

/// A piece of an item.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) channel: Channel,
    pub(super) text: Cow<'a, str>,
    /// The item, by its place in the output.
    pub(super) item: u32,
    /// The part of the item, by its place in the content or in the summary.
    pub(super) part: u32,
}

/// Reads a frame that is nothing but a piece; `None` if it is something else or cannot be read. A text with log
/// probabilities is something else, unless `with_logprobs` says that they are taken elsewhere.
pub(super) fn read(data: &str, with_logprobs: bool) -> Option<Piece<'_>> {
    let frame: Frame<'_> = serde_json::from_str(data).ok()?;
    let channel = Channel::of(frame.kind)?;
    if frame.logprobs.is_filled && !with_logprobs {
        return None;
    }
    Some(Piece {
        channel,
        text: frame.delta,
        item: frame.output_index,
        part: match channel {
            Channel::Summary => frame.summary_index,
            _ => frame.content_index,
        },
    })
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    delta: Cow<'a, str>,
    #[serde(default)]
    output_index: u32,
    #[serde(default)]
    content_index: u32,
    #[serde(default)]
    summary_index: u32,
    #[serde(default)]
    logprobs: List,
}

/// A list of which only whether anything is in it is read.
#[derive(Debug, Default)]
struct List {
    is_filled: bool,
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;

        impl<'de> Visitor<'de> for Items {
            type Value = List;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_unit<E>(self) -> Result<List, E> {
                Ok(List::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List, A::Error> {
                let mut list = List::default();
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    list.is_filled = true;
                }
                Ok(list)
            }
        }

        deserializer.deserialize_any(Items)
    }
}
