//! Which models go on from a last assistant message.

use outlast_types::PrefillSupport;
use outlast_wire::anthropic::generation;

/// The rule that tells whether a model of a provider goes on from a last assistant message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefillRule {
    /// None does, or it is not known: ask in words. OpenAI's and most others' models begin a new message.
    #[default]
    Never,
    /// All do.
    Always,
    /// Claude before 4.6. From 4.6 on the provider answers 400: "This model does not support assistant message prefill.
    /// The conversation must end with a user message."
    ClaudeBefore46,
}

impl PrefillRule {
    /// Applies the rule to the model of this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use outlast_providers::PrefillRule;
    /// use outlast_types::PrefillSupport;
    ///
    /// let rule = PrefillRule::ClaudeBefore46;
    /// assert_eq!(rule.of_model("claude-sonnet-4-5-20250929"), PrefillSupport::Yes);
    /// assert_eq!(rule.of_model("claude-opus-4-6"), PrefillSupport::No);
    /// ```
    pub fn of_model(self, model: &str) -> PrefillSupport {
        let goes_on = match self {
            Self::Never => false,
            Self::Always => true,
            Self::ClaudeBefore46 => generation(model).is_some_and(|generation| generation < (4, 6)),
        };
        if goes_on {
            PrefillSupport::Yes
        } else {
            PrefillSupport::No
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_claude_before_4_6_takes_a_prefill() {
        use PrefillSupport::{No, Yes};
        let check = |model, expect| {
            assert_eq!(
                PrefillRule::ClaudeBefore46.of_model(model),
                expect,
                "{model}"
            )
        };
        check("claude-3-opus-20240229", Yes);
        check("claude-sonnet-4-20250514", Yes);
        check("claude-sonnet-4.5-20250508", Yes);
        check("claude-opus-4-6", No);
        check("claude-sonnet-5", No);
        check("claude-next", No);
        check("my-deployment", No);
    }

    #[test]
    fn a_rule_without_exceptions_asks_for_no_name() {
        assert_eq!(
            PrefillRule::Never.of_model("claude-3-opus"),
            PrefillSupport::No
        );
        assert_eq!(PrefillRule::Always.of_model("llama"), PrefillSupport::Yes);
    }
}
