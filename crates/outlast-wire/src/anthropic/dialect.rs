//! What the generations of Claude do differently, as data.

/// States which forms a model takes.
///
/// Later generations answer with status 400 to what earlier ones need: a budget of thinking tokens, sampling
/// parameters. [`Dialect::of_model`] knows the generations by the model's name.
///
/// # Examples
///
/// ```
/// use outlast_wire::anthropic::{Dialect, Sampling, StructuredOutput, Thinking};
///
/// let old = Dialect::of_model("claude-3-7-sonnet-20250219");
/// assert_eq!((old.thinking, old.structured_output), (Thinking::Budget, StructuredOutput::Tool));
///
/// let new = Dialect::of_model("anthropic/claude-opus-4.8");
/// assert_eq!((new.thinking, new.sampling), (Thinking::Adaptive, Sampling::None));
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
    /// Not at all: it does not think before it answers.
    None,
    /// In tokens: `"thinking": {"type": "enabled", "budget_tokens": 2048}`.
    Budget,
    /// In words: `"thinking": {"type": "adaptive"}` beside `output_config.effort`.
    Adaptive,
}

/// Which sampling parameters a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sampling {
    /// `temperature` and `top_p`, both at once.
    All,
    /// `temperature` or `top_p`, not both.
    One,
    /// Neither.
    None,
}

/// How a model is made to answer in JSON that follows a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StructuredOutput {
    /// By `output_config.format` if the schema is to be followed exactly, else as [`StructuredOutput::Tool`]: the
    /// provider refuses schemas that its grammar cannot express.
    Native,
    /// By a tool that it must call, whose arguments are the answer.
    Tool,
}

impl Dialect {
    /// Returns the dialect of a model of which nothing is known, such as another vendor's.
    pub const fn new() -> Self {
        Self {
            thinking: Thinking::Budget,
            sampling: Sampling::All,
            structured_output: StructuredOutput::Tool,
        }
    }

    /// Returns the dialect of the model of this name.
    ///
    /// The generations follow Anthropic's notes on migration: thinking came with 3.7; 4.1 takes one sampling
    /// parameter at a time and has structured output; 4.6 thinks adaptively; 4.7 takes neither a budget nor sampling
    /// parameters. A generation that is not known yet counts as the newest.
    pub fn of_model(model: &str) -> Self {
        match generation(model) {
            None => Self::new(),
            Some(generation) if generation < (3, 7) => Self::new().with_thinking(Thinking::None),
            Some(generation) if generation < (4, 1) => Self::new(),
            Some(generation) => Self {
                thinking: if generation < (4, 6) {
                    Thinking::Budget
                } else {
                    Thinking::Adaptive
                },
                sampling: if generation < (4, 7) {
                    Sampling::One
                } else {
                    Sampling::None
                },
                structured_output: StructuredOutput::Native,
            },
        }
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

/// Reads the generation out of a Claude's name: `claude-3-5-sonnet-20241022`, `claude-sonnet-4.5`,
/// `us.anthropic.claude-opus-4-1-20250805-v1:0`. Returns `None` for any other model.
///
/// # Examples
///
/// ```
/// use outlast_wire::anthropic::generation;
///
/// assert_eq!(generation("claude-sonnet-4-5-20250929"), Some((4, 5)));
/// assert_eq!(generation("gpt-4.1"), None);
/// ```
pub fn generation(model: &str) -> Option<(u8, u8)> {
    let (_, name) = model.split_once("claude")?;
    let mut words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .skip_while(|word| version_number(word).is_none());
    let major = version_number(words.next()?)?;
    let minor = words.next().and_then(version_number).unwrap_or(0);
    Some((major, minor))
}

/// Reads one or two digits; more are a date.
fn version_number(word: &str) -> Option<u8> {
    (word.len() <= 2).then(|| word.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generation_is_found_in_every_form_of_a_model_s_name() {
        let check = |model, expect| assert_eq!(generation(model), expect, "{model}");
        check("claude-3-opus-20240229", Some((3, 0)));
        check("claude-3-5-sonnet-20241022", Some((3, 5)));
        check("claude-3-7-sonnet@20250219", Some((3, 7)));
        check("claude-sonnet-4-20250514", Some((4, 0)));
        check("claude-sonnet-4.5-20250508", Some((4, 5)));
        check("claude-haiku-4-5-20251001", Some((4, 5)));
        check("us.anthropic.claude-opus-4-1-20250805-v1:0", Some((4, 1)));
        check("anthropic/claude-4.6-sonnet", Some((4, 6)));
        check("claude-opus-5", Some((5, 0)));
        check("claude-haiku-5-5", Some((5, 5)));
        check("claude-2.1", Some((2, 1)));
        check("claude-latest", None);
        check("deepseek-chat", None);
    }

    #[test]
    fn each_generation_speaks_its_own_dialect() {
        let check = |model, thinking, sampling, output| {
            let dialect = Dialect::of_model(model);
            let found = (
                dialect.thinking,
                dialect.sampling,
                dialect.structured_output,
            );
            assert_eq!(found, (thinking, sampling, output), "{model}");
        };
        use StructuredOutput::{Native, Tool};
        check("claude-3-5-haiku", Thinking::None, Sampling::All, Tool);
        check("claude-sonnet-4-0", Thinking::Budget, Sampling::All, Tool);
        check("claude-opus-4-1", Thinking::Budget, Sampling::One, Native);
        check(
            "claude-sonnet-4-6",
            Thinking::Adaptive,
            Sampling::One,
            Native,
        );
        check(
            "claude-opus-4-7",
            Thinking::Adaptive,
            Sampling::None,
            Native,
        );
        check("glm-5", Thinking::Budget, Sampling::All, Tool);
    }
}
