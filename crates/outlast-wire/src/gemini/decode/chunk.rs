//! The mirror of one chunk, or of a whole body, borrowed from its text.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::super::part_in::PartFields;
use crate::json::{Mirror, Object, Text, read_mirror};

#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    pub(super) candidates: Option<Vec<Candidate<'a>>>,
    pub(super) usage: Option<&'a RawValue>,
    pub(super) feedback: Option<&'a RawValue>,
    pub(super) error: Option<&'a RawValue>,
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) model: Option<Cow<'a, str>>,
    pub(super) rest: Object<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Candidate<'a> {
    pub(super) index: u32,
    pub(super) content: Option<Content<'a>>,
    /// A name; a number where the caller asked for numbers.
    pub(super) finish_reason: Option<&'a RawValue>,
    pub(super) rest: Object<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Content<'a> {
    pub(super) parts: Vec<PartFields<'a>>,
    pub(super) rest: Object<'a>,
}

impl<'de> Mirror<'de> for Chunk<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "candidates" => self.candidates = map.next_value()?,
            "usageMetadata" => self.usage = map.next_value()?,
            "promptFeedback" => self.feedback = map.next_value()?,
            "error" => self.error = map.next_value()?,
            "responseId" => self.id = text(map)?,
            "modelVersion" => self.model = text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de> Mirror<'de> for Candidate<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "content" => self.content = map.next_value()?,
            "index" => self.index = map.next_value::<Option<u32>>()?.unwrap_or(0),
            "finishReason" => self.finish_reason = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de> Mirror<'de> for Content<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "parts" => {
                self.parts = map
                    .next_value::<Option<Vec<PartFields<'de>>>>()?
                    .unwrap_or_default();
            }
            // It is always the model that answers.
            "role" => {
                map.next_value::<IgnoredAny>()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    let text: Option<Text<'de>> = map.next_value()?;
    Ok(text.map(|text| text.0))
}

macro_rules! deserialize_as_mirror {
    ($($mirror:ident),*) => {$(
        impl<'de: 'a, 'a> Deserialize<'de> for $mirror<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_mirror(deserializer)
            }
        }
    )*};
}

deserialize_as_mirror!(Chunk, Candidate, Content);
