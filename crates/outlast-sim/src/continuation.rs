//! Recognises a call that asks to go on after a partial answer.

use outlast_types::{ChatRequest, ContentPart, Error, ErrorKind, Message, Role};

use crate::fault::ContinuationStyle;
use crate::log::ContinuedBy;
use crate::text::reference_text;

/// How a turn of the user asks to go on; any of these, in any case of letters.
const ASKS_TO_GO_ON: [&str; 5] = ["continue", "go on", "carry on", "left off", "cut off"];

/// The fewest characters that are taken for a beginning of the answer after a caller's own words.
const MIN_BEGINNING: usize = 8;

/// What a call wants said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The last real message of the user: what the answer depends on.
    pub(crate) user_text: String,
    /// The beginning of the answer that the caller already has.
    pub(crate) partial: Option<Partial>,
}

/// The beginning of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Partial {
    pub(crate) text: String,
    /// How the call asks to go on after it.
    pub(crate) by: ContinuedBy,
}

impl Wanted {
    /// Reads what `request` wants said; `words` is the length of the answers.
    pub(crate) fn read(request: &ChatRequest, words: usize) -> Self {
        prefill(&request.messages)
            .or_else(|| instruction(&request.messages, words))
            .unwrap_or_else(|| Self {
                user_text: last_user_text(&request.messages),
                partial: None,
            })
    }

    /// Returns the text to say.
    pub(crate) fn text(&self, words: usize, style: ContinuationStyle) -> Result<String, Error> {
        let whole = reference_text(&self.user_text, words);
        let Some(partial) = &self.partial else {
            return Ok(whole);
        };
        // The beginning of somebody else's answer has no rest here: what follows it is the whole answer.
        let rest = rest_after(&whole, &partial.text).unwrap_or(&whole);
        match (style, partial.by) {
            (ContinuationStyle::RefusePrefill, ContinuedBy::Prefill) => Err(prefill_refused()),
            (ContinuationStyle::Exact | ContinuationStyle::RefusePrefill, _) => Ok(rest.to_owned()),
            (ContinuationStyle::RepeatTail(chars), _) => {
                Ok(tail(&partial.text, chars).to_owned() + rest)
            }
            (ContinuationStyle::StartOver, _) => Ok(whole),
            (ContinuationStyle::Diverge, _) => {
                Ok(reference_text(&format!("not {}", self.user_text), words))
            }
        }
    }
}

/// Reads a conversation whose last turn is the assistant's.
fn prefill(messages: &[Message]) -> Option<Wanted> {
    let (last, before) = messages.split_last()?;
    let text = partial_text(last)?;
    Some(Wanted {
        user_text: last_user_text(before),
        partial: Some(Partial {
            text,
            by: ContinuedBy::Prefill,
        }),
    })
}

/// Reads a conversation that ends in the beginning of its answer and a turn that asks to go on.
fn instruction(messages: &[Message], words: usize) -> Option<Wanted> {
    let [before @ .., partial, ask] = messages else {
        return None;
    };
    let text = partial_text(partial)?;
    let user_text = last_user_text(before);
    let is_beginning = rest_after(&reference_text(&user_text, words), &text).is_some();
    (ask.role == Role::User && asks_to_go_on(&ask.text()) && is_beginning).then_some(Wanted {
        user_text,
        partial: Some(Partial {
            text,
            by: ContinuedBy::Instruction,
        }),
    })
}

/// Returns what of `whole` is left to say after `said`; `None` if `said` is no beginning of it.
///
/// A caller may have begun the answer in its own words: then `said` is those, and the beginning after them.
fn rest_after<'a>(whole: &'a str, said: &str) -> Option<&'a str> {
    if let Some(rest) = whole.strip_prefix(said) {
        return Some(rest);
    }
    let ends = whole.char_indices().map(|(at, c)| at + c.len_utf8());
    let ends: Vec<_> = ends.skip(MIN_BEGINNING - 1).collect();
    let mut splits = ends.iter().rev().map(|at| whole.split_at(*at));
    let (_, rest) = splits.find(|(beginning, _)| said.ends_with(beginning))?;
    Some(rest)
}

/// Returns the text of an assistant's message that is nothing but text.
fn partial_text(message: &Message) -> Option<String> {
    let calls_tool = |part: &ContentPart| matches!(part, ContentPart::ToolCall(_));
    if message.role != Role::Assistant || message.content.parts().iter().any(calls_tool) {
        return None;
    }
    Some(message.text()).filter(|text| !text.is_empty())
}

fn asks_to_go_on(text: &str) -> bool {
    let text = text.to_lowercase();
    ASKS_TO_GO_ON.iter().any(|words| text.contains(words))
}

/// Returns the text of the last turn in which the user said something, and did not just pass on a tool's answer.
fn last_user_text(messages: &[Message]) -> String {
    messages
        .iter()
        .rev()
        .filter(|message| message.role == Role::User)
        .map(Message::text)
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// Returns the last characters of `text`.
fn tail(text: &str, chars: usize) -> &str {
    let start = text
        .char_indices()
        .rev()
        .take(chars)
        .last()
        .map_or(text.len(), |(at, _)| at);
    text.get(start..).unwrap_or_default()
}

/// Refuses as newer Claude models do.
fn prefill_refused() -> Error {
    Error::new(ErrorKind::InvalidRequest).with_message(
        "This model does not support assistant message prefill. \
         The conversation must end with a user message.",
    )
}
