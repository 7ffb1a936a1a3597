//! What the generations of Claude do differently, as data.

/// States which forms a model takes.
///
/// Later generations refuse with status 400 what earlier ones need: a budget of thinking tokens, sampling parameters.
/// [`Dialect::of_model`] knows the generations by the model's name.
///
/// # Examples
///
/// ```
/// use outlast_wire::anthropic::{Dialect, Thinking};
///
/// assert_eq!(Dialect::of_model("claude-3-7-sonnet-20250219").thinking, Thinking::Budget);
/// assert_eq!(Dialect::of_model("claude-opus-4-8").thinking, Thinking::Adaptive);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// How it is told how much to think.
    pub thinking: Thinking,
    /// Which sampling parameters it takes.
    pub sampling: Sampling,
    /// How it is made to answer in JSON.
    pub structured_output: StructuredOutput,
}

/// How a model is told how much to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Thinking {
    /// In tokens: `{"type": "enabled", "budget_tokens": 2048}`.
    Budget,
    /// In words: `{"type": "adaptive"}` beside `output_config.effort`.
    Adaptive,
}

/// Which sampling parameters a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sampling {
    /// `temperature`, `top_p` and `top_k`, all at once.
    All,
    /// `temperature` or `top_p`, not both.
    One,
    /// None.
    None,
}

/// How a model is made to answer in JSON that follows a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StructuredOutput {
    /// By `output_config.format`.
    Native,
    /// By a tool that it must call, whose arguments are the answer.
    Tool,
}

impl Dialect {
    /// Returns the dialect of models that take what the first generations took, and of models by other vendors.
    pub const fn new() -> Self {
        Self {
            thinking: Thinking::Budget,
            sampling: Sampling::All,
            structured_output: StructuredOutput::Tool,
        }
    }

    /// Returns the dialect of the model of this name.
    pub fn of_model(model: &str) -> Self {
        if model.contains("opus-4-8") {
            return Self::new().with_thinking(Thinking::Adaptive);
        }
        Self::new()
    }

    /// Sets [`Dialect::thinking`].
    pub const fn with_thinking(mut self, thinking: Thinking) -> Self {
        self.thinking = thinking;
        self
    }

    /// Sets [`Dialect::sampling`].
    pub const fn with_sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// Sets [`Dialect::structured_output`].
    pub const fn with_structured_output(mut self, output: StructuredOutput) -> Self {
        self.structured_output = output;
        self
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::new()
    }
}
