//! One answer of a reply, from its deltas to events.

use std::borrow::Cow;
use std::collections::BTreeMap;

use outlast_types::{
    ContentPart, Delta as TextDelta, Error, Extra, Finish, Opaque, RawJson, ReasoningDelta,
    StreamEvent,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::finish::{self, Ending};
use super::super::{PROTOCOL, error};
use super::calls::Calls;
use super::chunk::{ChunkChoice, Content, Delta, PartPiece, Text};
use super::kept::Kept;
use super::plain::Plain;
use crate::Events;
use crate::json::{Object, read_each};

/// Fields of a chunk's choice that are read elsewhere, or say the same again (Together's `text`).
const READ_ELSEWHERE: [&str; 8] = [
    "content_filter_results",
    "delta",
    "error",
    "finish_reason",
    "index",
    "logprobs",
    "message",
    "text",
];

/// What is known of one answer so far.
#[derive(Debug)]
pub(super) struct ChoiceState {
    index: u32,
    calls: Calls,
    kept: Kept,
    /// Whether reasoning came in a field of its own: its details say the same again.
    has_plain_reasoning: bool,
    finished: bool,
}

impl ChoiceState {
    pub(super) fn new(index: u32) -> Self {
        Self {
            index,
            calls: Calls::default(),
            kept: Kept::default(),
            has_plain_reasoning: false,
            finished: false,
        }
    }

    pub(super) fn index(&self) -> u32 {
        self.index
    }

    /// Tells whether the answer gave its reason for ending.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Takes a piece of text or reasoning.
    pub(super) fn plain(&mut self, piece: Plain<'_>, out: &mut Events) {
        if !piece.reasoning.is_empty() {
            self.has_plain_reasoning = true;
            out.push_back(reasoning(self.index, piece.reasoning));
        }
        push_text(self.index, piece.content, out);
    }

    /// Takes the answer's part of a chunk; `data` is the whole chunk.
    pub(super) fn push(
        &mut self,
        choice: ChunkChoice<'_>,
        data: &str,
        out: &mut Events,
    ) -> Result<(), Error> {
        self.kept.take_logprobs(self.index, choice.logprobs, out);
        self.kept.take_filter_results(choice.content_filter_results);
        let message = || serde_json::from_str(choice.message?.get()).ok();
        if let Some(delta) = choice.delta.or_else(message) {
            self.kept.take_delta(self.index, &delta, out);
            self.delta(delta, out)?;
        }
        let index = self.index;
        match choice.finish_reason {
            Some(reason) => self.finish(&reason.0, || rest_of_choice(data, index), out),
            None => Ok(()),
        }
    }

    /// Takes a piece of the message.
    pub(super) fn delta(&mut self, mut delta: Delta<'_>, out: &mut Events) -> Result<(), Error> {
        let choice = self.index;
        if let Some(text) = self.reasoning_of(&mut delta) {
            out.push_back(reasoning(choice, text));
        }
        match delta.content {
            Some(Content::Text(text)) => push_text(choice, text, out),
            Some(Content::Json(text)) => push_text(choice, Cow::Owned(text), out),
            Some(Content::Parts(parts)) => parts
                .into_iter()
                .for_each(|part| push_part(choice, part, out)),
            None => {}
        }
        if let Some(text) = filled(delta.refusal) {
            out.push_back(StreamEvent::Refusal(TextDelta {
                choice,
                text: text.into_owned(),
            }));
        }
        for piece in delta.tool_calls.into_iter().flatten() {
            self.calls.push(choice, &piece, out)?;
        }
        let function = delta
            .function_call
            .and_then(|raw| serde_json::from_str(raw.get()).ok());
        match function {
            Some(function) => self.calls.push_function(choice, &function, out),
            None => Ok(()),
        }
    }

    /// Takes the reasoning of a delta from whichever field has it. Doubleword sends the same text in two.
    fn reasoning_of<'d>(&mut self, delta: &mut Delta<'d>) -> Option<Cow<'d, str>> {
        let plain =
            filled(delta.reasoning_content.take()).or_else(|| filled(delta.reasoning.take()));
        self.has_plain_reasoning |= plain.is_some();
        match delta.reasoning_details {
            Some(details) if !self.has_plain_reasoning => detailed_reasoning(details),
            _ => plain,
        }
    }

    /// Takes the reason for the answer's end; `fields` are the further fields that came with it. OpenRouter gives the
    /// reason twice: only the first counts.
    pub(super) fn finish(
        &mut self,
        reason: &str,
        fields: impl FnOnce() -> BTreeMap<String, RawJson>,
        out: &mut Events,
    ) -> Result<(), Error> {
        let reason = match finish::read(reason) {
            Some(Ending::Finish(reason)) if !self.finished => reason,
            Some(Ending::Failed(kind)) => return Err(error::in_finish_reason(kind, reason)),
            _ => return Ok(()),
        };
        self.close(out);
        self.finished = true;
        let mut fields = fields();
        self.kept.add_choice_fields(&mut fields);
        out.push_back(StreamEvent::Finish(Finish {
            choice: self.index,
            reason,
            extra: Extra::from_fields(PROTOCOL, fields).map(Box::new),
        }));
        Ok(())
    }

    /// Hands out what was held back.
    pub(super) fn close(&mut self, out: &mut Events) {
        let choice = self.index;
        self.calls.finish(choice, out);
        if let Some(extra) = self.kept.message_extra() {
            let extra = Box::new(extra);
            out.push_back(StreamEvent::Extra { choice, extra });
        }
    }
}

fn push_text(choice: u32, text: Cow<'_, str>, out: &mut Events) {
    if !text.is_empty() {
        out.push_back(StreamEvent::Text(TextDelta {
            choice,
            text: text.into_owned(),
        }));
    }
}

fn reasoning(choice: u32, text: Cow<'_, str>) -> StreamEvent {
    StreamEvent::Reasoning(ReasoningDelta {
        choice,
        text: text.into_owned(),
        signature: None,
    })
}

/// Takes one part of a content array: text and Mistral's `thinking` by what they are, all else word for word.
fn push_part(choice: u32, raw: &RawValue, out: &mut Events) {
    let part: PartPiece<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
    match (part.kind.as_ref().map(|kind| &*kind.0), part.text) {
        (Some("text"), Some(text)) => push_text(choice, text.0, out),
        (Some("thinking"), _) => {
            let text = part.thinking.map(flat_text).unwrap_or_default();
            if !text.is_empty() {
                out.push_back(reasoning(choice, text));
            }
        }
        _ => {
            let part = Box::new(ContentPart::Opaque(Opaque {
                origin: PROTOCOL,
                raw: RawJson::from(raw),
            }));
            out.push_back(StreamEvent::Part { choice, part });
        }
    }
}

/// Returns the text of content in any of its forms.
fn flat_text(content: Content<'_>) -> Cow<'_, str> {
    match content {
        Content::Text(text) => text,
        Content::Json(text) => Cow::Owned(text),
        Content::Parts(parts) => Cow::Owned(texts_of(&parts)),
    }
}

fn texts_of(parts: &[&RawValue]) -> String {
    parts
        .iter()
        .filter_map(|part| serde_json::from_str::<PartPiece<'_>>(part.get()).ok()?.text)
        .map(|text| text.0)
        .collect()
}

/// Reads the text of `reasoning_details`: at Snowflake it is the only place.
fn detailed_reasoning(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Detail<'a> {
        #[serde(borrow)]
        text: Option<Text<'a>>,
        #[serde(borrow)]
        summary: Option<Text<'a>>,
    }
    let details: Vec<Detail<'_>> = serde_json::from_str(raw.get()).ok()?;
    let text: String = details
        .into_iter()
        .filter_map(|detail| filled(detail.text).or_else(|| filled(detail.summary)))
        .collect();
    (!text.is_empty()).then_some(Cow::Owned(text))
}

fn filled(text: Option<Text<'_>>) -> Option<Cow<'_, str>> {
    text.filter(|text| !text.is_empty()).map(|text| text.0)
}

/// Reads the further fields of an answer's last chunk. Only that one is read twice.
fn rest_of_choice(data: &str, index: u32) -> BTreeMap<String, RawJson> {
    let rest = |raw| {
        let mut choice = Object::from_raw(raw)?;
        let own_index = choice.get("index").map_or("0", RawValue::get);
        let is_it = own_index == index.to_string();
        for name in READ_ELSEWHERE {
            choice.take_raw(name);
        }
        Ok(is_it.then(|| choice.into_rest()))
    };
    Object::read(data.as_bytes())
        .ok()
        .and_then(|mut chunk| read_each(chunk.take_raw("choices")?, rest).ok())
        .and_then(|choices| choices.into_iter().flatten().next())
        .unwrap_or_default()
}
