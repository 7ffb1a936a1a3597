//! Tools: offered, called, answered.

use crate::{Content, Extra, RawJson};

/// A tool the model may call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolSpec {
    /// The name the model calls it by.
    pub name: String,
    /// What it does, for the model to read.
    pub description: Option<String>,
    /// JSON schema of its arguments; its key order is kept.
    pub parameters: Option<RawJson>,
    /// Whether the arguments must follow the schema exactly.
    pub strict: Option<bool>,
    /// Fields of its own protocol; a tool that runs at the provider is nothing but these.
    pub extra: Option<Extra>,
}

impl ToolSpec {
    /// Offers a tool.
    pub fn new(name: impl Into<String>, parameters: RawJson) -> Self {
        Self {
            parameters: Some(parameters),
            ..Self::without_parameters(name)
        }
    }

    /// Offers a tool without a schema: one that takes no arguments, or one that runs at the provider.
    pub fn without_parameters(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            parameters: None,
            strict: None,
            extra: None,
        }
    }

    /// Says what the tool does.
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// Whether and which tool the model must call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// None may be called.
    None,
    /// At least one must be called.
    Required,
    /// This one must be called.
    Tool(String),
    /// A choice that only its own protocol knows.
    Opaque(RawJson),
}

/// The model's request to run a tool.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ToolCall {
    /// The id that the result must name; empty where the protocol gave none.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments as the model wrote them: a JSON object, or less if the model was cut off.
    pub arguments: String,
    /// Fields of its own protocol.
    pub extra: Option<Extra>,
}

impl ToolCall {
    /// Makes a call.
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            arguments: arguments.into(),
            extra: None,
        }
    }
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolResult {
    /// The id of the call it answers.
    pub call_id: String,
    /// The answer.
    pub content: Content,
    /// Whether the tool failed.
    pub is_error: bool,
    /// Fields of its own protocol.
    pub extra: Option<Extra>,
}

impl ToolResult {
    /// Answers the call `call_id`.
    pub fn new(call_id: impl Into<String>, content: impl Into<Content>) -> Self {
        Self {
            call_id: call_id.into(),
            content: content.into(),
            is_error: false,
            extra: None,
        }
    }

    /// Marks the answer as a failure of the tool.
    pub fn with_error(mut self) -> Self {
        self.is_error = true;
        self
    }
}
