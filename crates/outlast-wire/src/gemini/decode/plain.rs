//! The chunk that almost every chunk is: a piece of text or thought of one answer, with the counts so far.
//!
//! It is read into a mirror that is small. A chunk with anything else in its answer is none; it is read a second time,
//! in full. What every chunk of a reply repeats (its id, its model) is skipped.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A piece of one answer.
#[derive(Debug)]
pub(super) struct Plain<'a> {
    pub(super) index: u32,
    pub(super) is_thought: bool,
    pub(super) text: Cow<'a, str>,
    pub(super) usage: Option<&'a str>,
}

/// Reads a chunk that is nothing but a piece of one answer; `None` if it is more, or cannot be read.
pub(super) fn read(data: &str) -> Option<Plain<'_>> {
    let chunk: Chunk<'_> = serde_json::from_str(data).ok()?;
    let Only(candidate) = chunk.candidates;
    let Only(part) = candidate.content.parts;
    Some(Plain {
        index: candidate.index,
        is_thought: part.thought,
        text: part.text,
        usage: chunk.usage_metadata.map(RawValue::get),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Chunk<'a> {
    #[serde(borrow)]
    candidates: Only<Candidate<'a>>,
    #[serde(borrow, default)]
    usage_metadata: Option<&'a RawValue>,
    #[serde(rename = "modelVersion", default)]
    _model_version: IgnoredAny,
    #[serde(rename = "responseId", default)]
    _response_id: IgnoredAny,
    #[serde(rename = "createTime", default)]
    _create_time: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Candidate<'a> {
    #[serde(borrow)]
    content: Content<'a>,
    #[serde(default)]
    index: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content<'a> {
    #[serde(borrow)]
    parts: Only<Part<'a>>,
    #[serde(rename = "role", default)]
    _role: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(default)]
    thought: bool,
}

/// The only item of an array; none or several fail.
struct Only<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Only<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);

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

        deserializer.deserialize_seq(Items(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_with_more_than_a_piece_of_text_is_not_plain() {
        let is_plain = |parts: &str, rest: &str| {
            read(&format!(
                r#"{{"candidates":[{{"content":{{"parts":[{parts}],"role":"model"}}{rest}}}]}}"#
            ))
            .is_some()
        };
        assert!(is_plain(r#"{"text":"a"}"#, r#","index":0"#));
        assert!(is_plain(r#"{"text":"a","thought":true}"#, ""));
        assert!(!is_plain(r#"{"text":"a"},{"text":"b"}"#, ""));
        assert!(!is_plain(r#"{"text":"a","thoughtSignature":"s"}"#, ""));
        assert!(!is_plain(r#"{"text":"a"}"#, r#","finishReason":"STOP""#));
        assert!(!is_plain(r#"{"text":"a"}"#, r#","groundingMetadata":{}"#));
        assert!(!is_plain("", ""));
    }
}
