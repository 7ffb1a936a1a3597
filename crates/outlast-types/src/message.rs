//! A turn of the conversation.

use crate::{ContentPart, Extra, TargetId};

/// One turn of the conversation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Content,
    /// The speaker's name, where the protocol has one.
    pub name: Option<String>,
    /// Fields of its own protocol.
    pub extra: Option<Extra>,
    /// Which target wrote it; `None` where that is not known.
    ///
    /// What only the target's account can make sense of (encrypted reasoning, ids of what is stored there) is sent to no
    /// other account. [`ChatResponse::message`](crate::ChatResponse::message) fills it in.
    pub author: Option<TargetId>,
}

impl Message {
    /// Makes a message.
    pub fn new(role: Role, content: impl Into<Content>) -> Self {
        Self {
            role,
            content: content.into(),
            name: None,
            extra: None,
            author: None,
        }
    }

    /// Makes the instructions that stand above the conversation.
    pub fn system(content: impl Into<Content>) -> Self {
        Self::new(Role::System, content)
    }

    /// Makes a turn of the user.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new(Role::User, content)
    }

    /// Makes a turn of the model.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self::new(Role::Assistant, content)
    }

    /// Returns the text of all text parts, in order.
    pub fn text(&self) -> String {
        self.content.texts().collect()
    }
}

/// Who speaks in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The application's instructions.
    System,
    /// The application's instructions, where a protocol tells developer from system.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// A tool's answer, where a protocol gives it a turn of its own.
    Tool,
    /// A role that only one protocol knows, by its name.
    Other(String),
}

/// What a message says: plain text, or parts.
///
/// The two are told apart because some protocols do, and a request should leave as it came.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Parts in order; may be empty.
    Parts(Vec<ContentPart>),
}

impl Content {
    /// Iterates over the texts in it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let (plain, parts) = match self {
            Self::Text(text) => (Some(text.as_str()), [].as_slice()),
            Self::Parts(parts) => (None, parts.as_slice()),
        };
        plain
            .into_iter()
            .chain(parts.iter().filter_map(ContentPart::as_text))
    }

    /// Returns the parts; plain text counts as none.
    pub fn parts(&self) -> &[ContentPart] {
        match self {
            Self::Text(_) => &[],
            Self::Parts(parts) => parts,
        }
    }

    /// Tells whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Parts(parts) => parts.is_empty(),
        }
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<ContentPart>> for Content {
    fn from(parts: Vec<ContentPart>) -> Self {
        Self::Parts(parts)
    }
}
