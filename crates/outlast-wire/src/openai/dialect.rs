//! What accounts that share the format do differently, as data.

/// States how an account's form of the format differs from the standard.
///
/// [`Dialect::default`] fits most providers: it leaves what a caller wrote in this very format as it is, and otherwise
/// writes `max_tokens`, `reasoning_effort` and `reasoning_content`.
///
/// # Examples
///
/// ```
/// use outlast_wire::openai::{Dialect, MaxTokensField, OpenAiChat};
///
/// const OPENAI: Dialect = Dialect::new().with_max_tokens(MaxTokensField::MaxCompletionTokens);
/// let codec = OpenAiChat::new(OPENAI);
/// assert_eq!(codec.dialect(), OPENAI);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// The field that limits the answer.
    pub max_tokens: MaxTokensField,
    /// How much to think is asked for in this form.
    pub reasoning_control: ReasoningControl,
    /// The field of an assistant message in which earlier reasoning is sent back.
    pub reasoning_field: ReasoningField,
    /// Whether a stream is asked for its token counts.
    pub stream_usage: StreamUsage,
    /// Whether the role `developer` is known; else it is written as `system`.
    pub developer_role: bool,
    /// Whether `response_format` takes a JSON schema; else `json_object` is asked for.
    pub json_schema: bool,
    /// Whether text may come as an array of parts outside the user's turns; else it is joined into one string.
    pub text_parts: bool,
    /// The field of the seed.
    pub seed: SeedField,
    /// Which ids of tool calls the account takes.
    pub call_ids: CallIds,
    /// Whether `top_k` is known; else it is sent only if the caller wrote it in this format.
    pub top_k: bool,
    /// Whether `user` is known; else it is sent only if the caller wrote it in this format.
    pub user: bool,
    /// Whether OpenAI's values of `service_tier` are known; else they are sent only if the caller wrote them in this
    /// format.
    pub service_tier: bool,
    /// Whether vectors come as base64 of one signed byte a number unless another form is asked for: Perplexity.
    pub byte_embeddings: bool,
}

/// The field that limits the answer, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MaxTokensField {
    /// The field the caller wrote if the request came in this format, else `max_tokens`.
    AsWritten,
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`: OpenAI's reasoning models refuse the other.
    MaxCompletionTokens,
}

/// The form in which a request says how much to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReasoningControl {
    /// What the caller wrote if the request came in this format, else `reasoning_effort`.
    ///
    /// The forms below are also left as the caller wrote them, if the caller wrote that form.
    AsWritten,
    /// `"reasoning_effort": "high"`.
    Effort,
    /// `"reasoning": {"effort": "high", "max_tokens": 2000}`: OpenRouter, Vercel's gateway.
    Object,
    /// `"thinking": {"type": "enabled"}`: DeepSeek, Z.ai.
    Thinking,
    /// Nothing: the account knows no such field.
    None,
}

/// The field of an assistant message in which earlier reasoning is sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReasoningField {
    /// The field the caller wrote if the message came in this format, else `reasoning_content`.
    AsWritten,
    /// `reasoning_content`: DeepSeek, xAI, Moonshot, llama.cpp.
    ReasoningContent,
    /// `reasoning`: Groq, OpenRouter, Cerebras.
    Reasoning,
    /// None of its own: a part of the content, `{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}`, ahead
    /// of the text: Mistral.
    ThinkingPart,
    /// None: the account refuses or ignores it.
    None,
}

/// Whether a stream is asked for its token counts (`stream_options.include_usage`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamUsage {
    /// Always, so that every stream can be accounted for.
    Always,
    /// If the caller asked for them in this format.
    AsWritten,
    /// Never: the account refuses the field.
    Never,
}

/// The field of the seed for repeatable sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeedField {
    /// `seed`.
    Seed,
    /// `random_seed`: Mistral, which refuses the other.
    RandomSeed,
}

/// Which ids of tool calls an account takes in earlier turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallIds {
    /// Any.
    Any,
    /// Nine letters and digits: Mistral. Any other id becomes one that is the same for call and result.
    Nine,
}

impl Dialect {
    /// Returns the default dialect, in a constant.
    pub const fn new() -> Self {
        Self {
            max_tokens: MaxTokensField::AsWritten,
            reasoning_control: ReasoningControl::AsWritten,
            reasoning_field: ReasoningField::AsWritten,
            stream_usage: StreamUsage::Always,
            developer_role: true,
            json_schema: true,
            text_parts: true,
            seed: SeedField::Seed,
            call_ids: CallIds::Any,
            top_k: false,
            user: true,
            service_tier: false,
            byte_embeddings: false,
        }
    }

    /// Sets [`Dialect::max_tokens`].
    pub const fn with_max_tokens(mut self, field: MaxTokensField) -> Self {
        self.max_tokens = field;
        self
    }

    /// Sets [`Dialect::reasoning_control`].
    pub const fn with_reasoning_control(mut self, control: ReasoningControl) -> Self {
        self.reasoning_control = control;
        self
    }

    /// Sets [`Dialect::reasoning_field`].
    pub const fn with_reasoning_field(mut self, field: ReasoningField) -> Self {
        self.reasoning_field = field;
        self
    }

    /// Sets [`Dialect::stream_usage`].
    pub const fn with_stream_usage(mut self, usage: StreamUsage) -> Self {
        self.stream_usage = usage;
        self
    }

    /// Sets [`Dialect::developer_role`] to false.
    pub const fn without_developer_role(mut self) -> Self {
        self.developer_role = false;
        self
    }

    /// Sets [`Dialect::json_schema`] to false.
    pub const fn without_json_schema(mut self) -> Self {
        self.json_schema = false;
        self
    }

    /// Sets [`Dialect::text_parts`] to false.
    pub const fn without_text_parts(mut self) -> Self {
        self.text_parts = false;
        self
    }

    /// Sets [`Dialect::seed`].
    pub const fn with_seed(mut self, field: SeedField) -> Self {
        self.seed = field;
        self
    }

    /// Sets [`Dialect::call_ids`].
    pub const fn with_call_ids(mut self, ids: CallIds) -> Self {
        self.call_ids = ids;
        self
    }

    /// Sets [`Dialect::top_k`] to true.
    pub const fn with_top_k(mut self) -> Self {
        self.top_k = true;
        self
    }

    /// Sets [`Dialect::user`] to false.
    pub const fn without_user(mut self) -> Self {
        self.user = false;
        self
    }

    /// Sets [`Dialect::service_tier`] to true.
    pub const fn with_service_tier(mut self) -> Self {
        self.service_tier = true;
        self
    }

    /// Sets [`Dialect::byte_embeddings`] to true.
    pub const fn with_byte_embeddings(mut self) -> Self {
        self.byte_embeddings = true;
        self
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::new()
    }
}
