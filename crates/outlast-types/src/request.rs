//! What an application asks for.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use crate::{
    CallContext, Content, Extra, Message, OnUnsupported, RawJson, Role, ToolChoice, ToolSpec,
};

/// Asks a model for the next turn of a conversation.
///
/// It is a shared [`ChatBody`] and the [`CallContext`] of one call: cloning it for another attempt copies a few
/// pointers, however long the conversation. It reads like its body (`request.messages`); the `with_` methods and
/// [`ChatRequest::body_mut`] change it, and copy the body first if an attempt still holds it.
#[derive(Clone, Debug, Default)]
pub struct ChatRequest {
    body: Arc<ChatBody>,
    /// What belongs to this call and not to the conversation: deadline, ledger, id.
    pub context: CallContext,
}

/// Asks for the same, as a stream.
///
/// A type of its own, so that a service of one kind of reply cannot be handed the other kind of request.
#[derive(Clone, Debug, Default)]
pub struct StreamRequest(pub ChatRequest);

/// The conversation and how to answer it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ChatBody {
    /// The model, or the name of a route; a target puts its own model's name in its place.
    pub model: String,
    /// The turns so far, oldest first.
    pub messages: Vec<Message>,
    /// The tools the model may call.
    pub tools: Vec<ToolSpec>,
    /// Whether it must call one; `None` leaves it to the provider's default.
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may call several at once.
    pub parallel_tool_calls: Option<bool>,
    /// The form of the answer; `None` is free text.
    pub response_format: Option<ResponseFormat>,
    /// The most tokens the answer may have, reasoning included where the provider counts so.
    pub max_output_tokens: Option<u64>,
    /// Sampling temperature, in the provider's range (0 to 1 or 2).
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f64>,
    /// Sampling from so many of the likeliest tokens, from 1.
    pub top_k: Option<u64>,
    /// How much a token that came often already is put off, -2 to 2 in most protocols; 0 is not at all.
    pub frequency_penalty: Option<f64>,
    /// How much a token that came at all already is put off, -2 to 2 in most protocols; 0 is not at all.
    pub presence_penalty: Option<f64>,
    /// Texts at which the answer ends.
    pub stop: Vec<String>,
    /// A seed for repeatable sampling, where the provider has it.
    pub seed: Option<i64>,
    /// How many answers to give; `None` is one.
    pub n: Option<u32>,
    /// Whether the log probabilities of the answer's tokens are told.
    pub logprobs: Option<bool>,
    /// Of how many alternatives to each token they are told, 0 to 20 in most protocols.
    pub top_logprobs: Option<u32>,
    /// How much to think before answering.
    pub reasoning: Option<ReasoningConfig>,
    /// Who the application's own user is, in a form that names nobody; providers look for abuse by it.
    pub user: Option<String>,
    /// The application's own notes on the call, for the provider's records.
    pub metadata: Option<BTreeMap<String, String>>,
    /// With what precedence, and at which price, the call is served.
    pub service_tier: Option<ServiceTier>,
    /// Further fields by provider name, or `"*"` for all: a target is sent its own section only.
    pub provider_options: BTreeMap<String, BTreeMap<String, RawJson>>,
    /// Fields of the protocol the request came in.
    pub extra: Option<Extra>,
}

/// The form an answer must have.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Free text.
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema {
        /// The schema's name.
        name: String,
        /// The schema; its key order is kept, models answer in it.
        schema: RawJson,
        /// What the schema is for.
        description: Option<String>,
        /// Whether it must be followed exactly.
        strict: Option<bool>,
    },
    /// A form that only its own protocol knows.
    Opaque(crate::Opaque),
}

/// How much a model should think before it answers.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ReasoningConfig {
    /// In words.
    pub effort: Option<ReasoningEffort>,
    /// In tokens.
    pub budget_tokens: Option<u64>,
    /// Whether it is on at all, where a protocol says so apart from effort and budget.
    pub enabled: Option<bool>,
    /// Fields of its own protocol.
    pub extra: Option<Extra>,
}

/// How much to think, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// As little as the model can.
    Minimal,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// A level that only one provider knows, by its name.
    Other(String),
}

/// With what precedence a provider serves a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceTier {
    /// The best that the account has bought.
    Auto,
    /// The ordinary one.
    Standard,
    /// A cheaper one that may be slow, or find no capacity.
    Flex,
    /// A faster and dearer one.
    Priority,
    /// One that only one provider knows, by its name.
    Other(String),
}

impl ChatRequest {
    /// Makes a request without a turn yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks one thing as the user.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new().with_message(Message::user(text.into()))
    }

    /// Wraps a body.
    pub fn from_body(body: ChatBody) -> Self {
        Self {
            body: Arc::new(body),
            context: CallContext::default(),
        }
    }

    /// Returns the body for changing; copies it first if another clone of this request still holds it.
    pub fn body_mut(&mut self) -> &mut ChatBody {
        Arc::make_mut(&mut self.body)
    }

    /// Returns the shared body.
    pub fn body(&self) -> &Arc<ChatBody> {
        &self.body
    }

    /// Names the model or route.
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.body_mut().model = model.into();
        self
    }

    /// Adds a turn at the end.
    pub fn with_message(mut self, message: Message) -> Self {
        self.body_mut().messages.push(message);
        self
    }

    /// Puts instructions above the conversation.
    pub fn with_system(mut self, text: impl Into<Content>) -> Self {
        self.body_mut().messages.insert(0, Message::system(text));
        self
    }

    /// Offers a tool.
    pub fn with_tool(mut self, tool: ToolSpec) -> Self {
        self.body_mut().tools.push(tool);
        self
    }

    /// Says whether a tool must be called.
    pub fn with_tool_choice(mut self, choice: ToolChoice) -> Self {
        self.body_mut().tool_choice = Some(choice);
        self
    }

    /// Asks for a form of answer.
    pub fn with_response_format(mut self, format: ResponseFormat) -> Self {
        self.body_mut().response_format = Some(format);
        self
    }

    /// Limits the answer, in tokens.
    pub fn with_max_output_tokens(mut self, tokens: u64) -> Self {
        self.body_mut().max_output_tokens = Some(tokens);
        self
    }

    /// Sets the sampling temperature.
    pub fn with_temperature(mut self, temperature: f64) -> Self {
        self.body_mut().temperature = Some(temperature);
        self
    }

    /// Says what becomes of what a target cannot carry, whatever the policy says.
    pub fn with_on_unsupported(mut self, way: OnUnsupported) -> Self {
        self.context.on_unsupported = Some(way);
        self
    }

    /// Returns the text of the last turn of the user; empty if there is none.
    pub fn last_user_text(&self) -> String {
        self.messages
            .iter()
            .rev()
            .find(|message| message.role == Role::User)
            .map(Message::text)
            .unwrap_or_default()
    }
}

impl Deref for ChatRequest {
    type Target = ChatBody;

    fn deref(&self) -> &ChatBody {
        &self.body
    }
}

impl From<ChatRequest> for StreamRequest {
    fn from(request: ChatRequest) -> Self {
        Self(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_shares_the_body_until_one_of_the_two_changes() {
        let first = ChatRequest::user("hi");
        let second = first.clone();
        assert!(Arc::ptr_eq(first.body(), second.body()));

        let second = second.with_model("other");
        assert_eq!(first.model, "");
        assert_eq!(second.model, "other");
    }
}
