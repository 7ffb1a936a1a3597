//! One step: whole, or as it begins and goes on in a stream.

use outlast_types::{
    ContentPart, Delta, Error, Opaque, RawJson, ReasoningDelta, StreamEvent, ToolCallDelta,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::Events;
use crate::error::malformed_json;

/// A step, or what a delta adds to one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Step<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Option<&'a str>,
    id: Option<String>,
    name: Option<String>,
    /// An object in a step, a piece of text in a delta.
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    signature: Option<String>,
    text: Option<String>,
    /// Parts in a step, one part in a delta.
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    summary: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    text: Option<String>,
}

/// The function call that a stream is at.
#[derive(Debug)]
pub(super) struct OpenCall {
    index: u32,
    /// Its arguments as the start had them; they count if no delta brings any.
    arguments: Option<String>,
}

impl<'a> Step<'a> {
    pub(super) fn read(raw: &'a RawValue) -> Result<Self, Error> {
        serde_json::from_str(raw.get()).map_err(|error| malformed_json(&error))
    }

    /// Takes a whole step; `calls` counts the calls so far.
    pub(super) fn whole(
        self,
        raw: &RawValue,
        calls: &mut u32,
        out: &mut Events,
    ) -> Result<(), Error> {
        match self.kind {
            Some("thought") => think(summary_of(self.summary)?, self.signature, out),
            Some("model_output") => parts(self.content, out)?,
            Some("function_call") => {
                let arguments = self.arguments.map_or("{}", RawValue::get).to_owned();
                call(*calls, Some(self.id), self.name, arguments, out);
                *calls = calls.saturating_add(1);
            }
            _ => out.push_back(opaque_part(raw)),
        }
        end_part(out);
        Ok(())
    }

    /// Takes the start of a step. Returns the call that it opens, if it is one.
    pub(super) fn start(
        self,
        calls: &mut u32,
        out: &mut Events,
    ) -> Result<Option<OpenCall>, Error> {
        match self.kind {
            Some("thought") => think(summary_of(self.summary)?, self.signature, out),
            Some("model_output") => parts(self.content, out)?,
            Some("function_call") => {
                let index = *calls;
                *calls = calls.saturating_add(1);
                call(index, Some(self.id), self.name, String::new(), out);
                return Ok(Some(OpenCall {
                    index,
                    arguments: Some(self.arguments.map_or("{}", RawValue::get).to_owned()),
                }));
            }
            _ => {}
        }
        Ok(None)
    }

    /// Takes what a delta adds. Returns false if it is of a kind that nobody knows.
    pub(super) fn delta(
        self,
        open: Option<&mut OpenCall>,
        out: &mut Events,
    ) -> Result<bool, Error> {
        match self.kind {
            Some("text") => say(self.text, out),
            Some("thought_signature") => think(String::new(), self.signature, out),
            Some("thought_summary") => think(text_of(self.content)?, None, out),
            Some("arguments_delta") => {
                let Some(open) = open else { return Ok(false) };
                open.arguments = None;
                let piece = self.arguments.map(|raw| serde_json::from_str(raw.get()));
                let piece: Option<String> =
                    piece.transpose().map_err(|error| malformed_json(&error))?;
                call(open.index, None, None, piece.unwrap_or_default(), out);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl OpenCall {
    /// Takes the end of the call.
    pub(super) fn stop(self, out: &mut Events) {
        if let Some(arguments) = self.arguments {
            call(self.index, None, None, arguments, out);
        }
    }
}

/// Ends the part that was streamed.
pub(super) fn end_part(out: &mut Events) {
    out.push_back(StreamEvent::PartEnd { choice: 0 });
}

fn parts(content: Option<&RawValue>, out: &mut Events) -> Result<(), Error> {
    let Some(content) = content else {
        return Ok(());
    };
    let parts: Vec<&RawValue> =
        serde_json::from_str(content.get()).map_err(|error| malformed_json(&error))?;
    for raw in parts {
        let part: Part<'_> =
            serde_json::from_str(raw.get()).map_err(|error| malformed_json(&error))?;
        match part.kind {
            Some("text") => say(part.text, out),
            _ => out.push_back(opaque_part(raw)),
        }
    }
    Ok(())
}

fn text_of(part: Option<&RawValue>) -> Result<String, Error> {
    let Some(raw) = part else {
        return Ok(String::new());
    };
    let part: Part<'_> = serde_json::from_str(raw.get()).map_err(|error| malformed_json(&error))?;
    Ok(part.text.unwrap_or_default())
}

/// Returns the text of a thought's summary, which is a list of parts.
fn summary_of(summary: Option<&RawValue>) -> Result<String, Error> {
    let Some(raw) = summary.filter(|raw| raw.get() != "null") else {
        return Ok(String::new());
    };
    let parts: Vec<Part<'_>> =
        serde_json::from_str(raw.get()).map_err(|error| malformed_json(&error))?;
    Ok(parts.into_iter().filter_map(|part| part.text).collect())
}

fn say(text: Option<String>, out: &mut Events) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        out.push_back(StreamEvent::Text(Delta { choice: 0, text }));
    }
}

fn think(text: String, signature: Option<String>, out: &mut Events) {
    if !text.is_empty() || signature.is_some() {
        out.push_back(StreamEvent::Reasoning(ReasoningDelta {
            choice: 0,
            text,
            signature,
        }));
    }
}

fn call(
    index: u32,
    id: Option<Option<String>>,
    name: Option<String>,
    arguments: String,
    out: &mut Events,
) {
    out.push_back(StreamEvent::ToolCall(ToolCallDelta {
        choice: 0,
        index,
        id: id.map(Option::unwrap_or_default),
        name,
        arguments,
    }));
}

fn opaque_part(raw: &RawValue) -> StreamEvent {
    StreamEvent::Part {
        choice: 0,
        part: Box::new(ContentPart::Opaque(Opaque {
            origin: PROTOCOL,
            raw: RawJson::from(raw),
        })),
    }
}
