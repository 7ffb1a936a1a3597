//! The interaction around the steps: how it begins, what it counts, why it ends.

use outlast_types::{
    Error, ErrorKind, FinishReason, Opaque, RawJson, ReplyStart, StreamEvent, Usage,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::Events;
use crate::error::{ErrorBody, malformed};

/// An interaction, without its steps.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Interaction<'a> {
    id: Option<String>,
    model: Option<String>,
    status: Option<String>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireUsage {
    total_input_tokens: Option<u64>,
    total_output_tokens: Option<u64>,
    total_thought_tokens: Option<u64>,
    total_tool_use_tokens: Option<u64>,
    total_cached_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireError {
    code: Option<Code>,
    status: Option<String>,
    message: Option<String>,
}

/// A number at Google, a word in newer replies.
#[derive(Deserialize)]
#[serde(untagged)]
enum Code {
    Number(u64),
    Word(String),
}

impl<'a> Interaction<'a> {
    /// Returns the error in it, if there is one.
    pub(super) fn error(&self) -> Option<&'a RawValue> {
        self.error.filter(|raw| raw.get() != "null")
    }

    /// Introduces the reply.
    pub(super) fn start(&self, out: &mut Events) {
        let mut start = ReplyStart::new(PROTOCOL);
        start.id.clone_from(&self.id);
        start.model.clone_from(&self.model);
        out.push_back(StreamEvent::Start(Box::new(start)));
    }

    /// Ends the reply.
    pub(super) fn finish(&self, out: &mut Events) -> Result<(), Error> {
        out.extend(self.usage.and_then(read_usage));
        let reason = match self.status.as_deref() {
            Some("completed") => FinishReason::Stop,
            Some("requires_action") => FinishReason::ToolCalls,
            Some("incomplete") => FinishReason::Length,
            Some("failed") => {
                let error = self.error().map(|raw| read_error(raw, ErrorKind::Server));
                return Err(error.unwrap_or_else(|| {
                    Error::new(ErrorKind::Server).with_message("the interaction failed")
                }));
            }
            Some(other) => FinishReason::Other(other.to_owned()),
            None => return Err(malformed("the interaction has no status")),
        };
        out.push_back(StreamEvent::finish(reason));
        Ok(())
    }
}

/// Reads the field `error`.
pub(super) fn read_error(raw: &RawValue, otherwise: ErrorKind) -> Error {
    let wire: WireError = serde_json::from_str(raw.get()).unwrap_or_default();
    ErrorBody {
        code: wire.code.map(|code| match code {
            Code::Number(number) => number.to_string(),
            Code::Word(word) => word,
        }),
        kind: wire.status,
        message: wire.message,
        request_id: None,
    }
    .into_error_in_reply(otherwise)
}

fn read_usage(raw: &RawValue) -> Option<StreamEvent> {
    let wire: WireUsage = serde_json::from_str(raw.get()).ok()?;
    let count = |count: Option<u64>| count.unwrap_or(0);
    let read = count(wire.total_input_tokens).saturating_add(count(wire.total_tool_use_tokens));
    let thoughts = count(wire.total_thought_tokens);
    let written = count(wire.total_output_tokens).saturating_add(thoughts);
    let mut usage = Usage::new(0, written);
    usage.cached_read = count(wire.total_cached_tokens);
    usage.input = read.saturating_sub(usage.cached_read);
    usage.reasoning = thoughts;
    Some(StreamEvent::Usage {
        usage,
        raw: Some(Box::new(Opaque {
            origin: PROTOCOL,
            raw: RawJson::from(raw),
        })),
    })
}
