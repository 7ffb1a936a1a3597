//! Any frame, as far as it is understood.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// One frame, flat. What is rare stays a text until it is needed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Frame<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Option<Cow<'a, str>>,
    pub(super) output_index: u32,
    pub(super) content_index: u32,
    pub(super) summary_index: u32,
    #[serde(borrow)]
    pub(super) response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) item: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) part: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) annotation: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) logprobs: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    /// The whole of a text that came in pieces, and the same of a refusal, of arguments and of an input.
    #[serde(borrow)]
    pub(super) text: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) refusal: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
}

impl Frame<'_> {
    /// Returns the whole of what came in pieces.
    pub(super) fn whole(&self) -> Option<String> {
        let raw = self
            .text
            .or(self.refusal)
            .or(self.arguments)
            .or(self.input)?;
        serde_json::from_str(raw.get()).ok()
    }
}
