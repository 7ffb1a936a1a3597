//! The chunk that almost every chunk is: a piece of text or reasoning of one answer, and nothing else.
//!
//! It is read into a mirror that is small, for serde moves it several times. Of anything else only that it is there is
//! noted; such a chunk is read a second time, in full.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

/// A piece of one answer.
#[derive(Debug)]
pub(super) struct Plain<'a> {
    pub(super) index: u32,
    pub(super) reasoning: Cow<'a, str>,
    pub(super) content: Cow<'a, str>,
}

/// Reads a chunk that is nothing but a piece of one answer; `None` if it is more, or cannot be read.
pub(super) fn read(data: &str) -> Option<Plain<'_>> {
    let chunk: Chunk<'_> = serde_json::from_str(data).ok()?;
    let Only(choice) = chunk.choices;
    let delta = choice.delta?;
    let nothing_else = [
        chunk.usage,
        chunk.x_groq,
        chunk.error,
        choice.message,
        choice.finish_reason,
        choice.logprobs,
        choice.content_filter_results,
        choice.error,
        delta.reasoning_details,
        delta.refusal,
        delta.tool_calls,
        delta.function_call,
        delta.annotations,
        delta.images,
        delta.audio,
    ]
    .iter()
    .all(Absent::is_absent);
    nothing_else.then(|| Plain {
        index: choice.index.unwrap_or(0),
        reasoning: if delta.reasoning_content.0.is_empty() {
            delta.reasoning.0
        } else {
            delta.reasoning_content.0
        },
        content: delta.content.0,
    })
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    choices: Only<Choice<'a>>,
    #[serde(default)]
    usage: Absent,
    #[serde(default)]
    x_groq: Absent,
    #[serde(default)]
    error: Absent,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Option<u32>,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(default)]
    message: Absent,
    #[serde(default)]
    finish_reason: Absent,
    #[serde(default)]
    logprobs: Absent,
    #[serde(default)]
    content_filter_results: Absent,
    #[serde(default)]
    error: Absent,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: PlainText<'a>,
    #[serde(borrow, default)]
    reasoning_content: PlainText<'a>,
    #[serde(borrow, default)]
    reasoning: PlainText<'a>,
    #[serde(default)]
    reasoning_details: Absent,
    #[serde(default)]
    refusal: Absent,
    #[serde(default)]
    tool_calls: Absent,
    #[serde(default)]
    function_call: Absent,
    #[serde(default)]
    annotations: Absent,
    #[serde(default)]
    images: Absent,
    #[serde(default)]
    audio: Absent,
}

/// A field that is not there, or `null`.
#[derive(Debug, Default)]
struct Absent {
    is_there: bool,
}

impl Absent {
    fn is_absent(&self) -> bool {
        !self.is_there
    }
}

impl<'de> Deserialize<'de> for Absent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_there = Option::<IgnoredAny>::deserialize(deserializer)?.is_some();
        Ok(Self { is_there })
    }
}

/// A string, or nothing; anything else fails.
#[derive(Debug, Default)]
struct PlainText<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for PlainText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = PlainText<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<PlainText<'de>, E> {
                Ok(PlainText(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<PlainText<'de>, E> {
                Ok(PlainText(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<PlainText<'de>, E> {
                Ok(PlainText::default())
            }
        }

        deserializer.deserialize_any(Text)
    }
}

/// The only item of an array; none or several fail.
struct Only<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Only<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = Only<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of one")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Only<T>, A::Error> {
                let item = seq
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(0, &self))?;
                Ok(Only(item))
            }
        }

        deserializer.deserialize_seq(Items(std::marker::PhantomData))
    }
}
