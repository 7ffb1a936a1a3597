//! What a request needs of the target that serves it.

use std::fmt;

use serde::Serialize;

use crate::{ChatBody, Content, ContentPart, ResponseFormat, Role};

/// Something a request needs and a target may be known to lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Need {
    /// It offers tools, or goes on after one was called.
    Tools,
    /// It shows a picture.
    Images,
    /// It shows a document.
    Documents,
    /// It plays sound.
    Audio,
    /// Its answer is to follow a schema.
    Schema,
    /// It ends with the beginning of the answer.
    Prefill,
    /// It says how much to think.
    Reasoning,
    /// It is longer than many models hold.
    ContextWindow,
}

impl Need {
    /// All of them, in the order of their docs.
    pub const ALL: [Self; 8] = [
        Self::Tools,
        Self::Images,
        Self::Documents,
        Self::Audio,
        Self::Schema,
        Self::Prefill,
        Self::Reasoning,
        Self::ContextWindow,
    ];

    /// Returns the name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Images => "images",
            Self::Documents => "documents",
            Self::Audio => "audio",
            Self::Schema => "schema",
            Self::Prefill => "prefill",
            Self::Reasoning => "reasoning",
            Self::ContextWindow => "context_window",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of [`Need`]s: those of a request, or those a target cannot meet.
///
/// # Examples
///
/// ```
/// use outlast_types::{ChatBody, ChatRequest, Need, Needs, ToolSpec};
///
/// let request = ChatRequest::user("What time is it?").with_tool(ToolSpec::without_parameters("clock"));
/// let needs = Needs::of(&request);
/// assert!(needs.contains(Need::Tools));
/// assert_eq!(needs.first_of(Needs::default().with(Need::Tools)), Some(Need::Tools));
/// assert_eq!(needs.first_of(Needs::default().with(Need::Images)), None);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs(u16);

impl Needs {
    /// Finds what a request needs; whether it fits a context window is told by [`ChatBody::input_bytes`] instead.
    pub fn of(body: &ChatBody) -> Self {
        let mut needs = Self::default();
        if !body.tools.is_empty() {
            needs = needs.with(Need::Tools);
        }
        if matches!(
            body.response_format,
            Some(ResponseFormat::JsonSchema { .. })
        ) {
            needs = needs.with(Need::Schema);
        }
        if body
            .reasoning
            .as_ref()
            .is_some_and(|reasoning| reasoning.enabled != Some(false))
        {
            needs = needs.with(Need::Reasoning);
        }
        if body
            .messages
            .last()
            .is_some_and(|message| message.role == Role::Assistant)
        {
            needs = needs.with(Need::Prefill);
        }
        for message in &body.messages {
            needs = needs.of_content(&message.content);
        }
        needs
    }

    /// Adds a need.
    pub const fn with(self, need: Need) -> Self {
        Self(self.0 | need.bit())
    }

    /// Tells whether the need is among them.
    pub const fn contains(self, need: Need) -> bool {
        self.0 & need.bit() != 0
    }

    /// Tells whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Iterates over them.
    pub fn iter(self) -> impl Iterator<Item = Need> {
        Need::ALL
            .into_iter()
            .filter(move |need| self.contains(*need))
    }

    /// Returns the first need that is also among `others`.
    pub fn first_of(self, others: Self) -> Option<Need> {
        Self(self.0 & others.0).iter().next()
    }

    fn of_content(self, content: &Content) -> Self {
        content.parts().iter().fold(self, |needs, part| match part {
            ContentPart::Image(_) => needs.with(Need::Images),
            ContentPart::Document(_) => needs.with(Need::Documents),
            ContentPart::Audio(_) => needs.with(Need::Audio),
            ContentPart::ToolCall(_) => needs.with(Need::Tools),
            ContentPart::ToolResult(result) => needs.with(Need::Tools).of_content(&result.content),
            _ => needs,
        })
    }
}

impl fmt::Debug for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<Need> for Needs {
    fn from_iter<I: IntoIterator<Item = Need>>(needs: I) -> Self {
        needs.into_iter().fold(Self::default(), Self::with)
    }
}

impl ChatBody {
    /// Counts the bytes of text that a model reads: messages, calls and results of tools, and the tools' descriptions.
    /// Pictures, documents and sound are not counted: what they come to is the model's own affair.
    pub fn input_bytes(&self) -> u64 {
        let messages = self
            .messages
            .iter()
            .map(|message| bytes_of(&message.content));
        let tools = self.tools.iter().map(|tool| {
            tool.name.len()
                + tool.description.as_ref().map_or(0, String::len)
                + tool.parameters.as_ref().map_or(0, |json| json.get().len())
        });
        messages.chain(tools).map(|bytes| bytes as u64).sum()
    }
}

fn bytes_of(content: &Content) -> usize {
    if let Content::Text(text) = content {
        return text.len();
    }
    let parts = content.parts().iter().map(|part| match part {
        ContentPart::Text(part) => part.text.len(),
        ContentPart::ToolCall(call) => call.name.len() + call.arguments.len(),
        ContentPart::ToolResult(result) => bytes_of(&result.content),
        ContentPart::Reasoning(part) => part.text.len(),
        ContentPart::Refusal(text) => text.len(),
        _ => 0,
    });
    parts.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChatRequest, Media, MediaSource, Message, ToolResult};

    #[test]
    fn what_stands_in_the_messages_is_needed() {
        let image = ContentPart::Image(Media::new(MediaSource::Url("https://x.example".into())));
        let result = ContentPart::ToolResult(ToolResult::new("1", vec![image]));
        let request = ChatRequest::user("hi")
            .with_message(Message::user(vec![result]))
            .with_message(Message::assistant("So"));
        let needs: Vec<_> = Needs::of(&request).iter().collect();
        assert_eq!(needs, [Need::Tools, Need::Images, Need::Prefill]);
        assert!(Needs::of(&ChatRequest::user("hi")).is_empty());
    }

    #[test]
    fn every_need_has_a_place_of_its_own_in_the_set() {
        for need in Need::ALL {
            let only: Vec<_> = Needs::default().with(need).iter().collect();
            assert_eq!(only, [need]);
        }
    }

    #[test]
    fn only_text_counts_as_input() {
        let image = ContentPart::Image(Media::new(MediaSource::Url("https://x.example".into())));
        let request = ChatRequest::user("four")
            .with_message(Message::user(vec![image, ContentPart::text("four")]));
        assert_eq!(request.input_bytes(), 8);
    }
}
