//! Which models go on from a last assistant message.

use outlast_types::PrefillSupport;

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
            Self::ClaudeBefore46 => claude_version(model).is_some_and(|version| version < (4, 6)),
        };
        if goes_on {
            PrefillSupport::Yes
        } else {
            PrefillSupport::No
        }
    }
}

/// Reads the version out of a name such as `claude-3-5-haiku-20241022`, `claude-sonnet-4-5` or
/// `anthropic.claude-opus-4-1-20250805-v1:0`; dates have more than two digits and are no part of it.
fn claude_version(model: &str) -> Option<(u32, u32)> {
    let (_, name) = model.split_once("claude")?;
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let major = words.find_map(version_number)?;
    let minor = words.next().and_then(version_number).unwrap_or(0);
    Some((major, minor))
}

fn version_number(word: &str) -> Option<u32> {
    (word.len() <= 2).then(|| word.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_every_form_of_a_claude_name() {
        let check = |model: &str, version| assert_eq!(claude_version(model), version, "{model}");
        check("claude-sonnet-4-5", Some((4, 5)));
        check("claude-sonnet-4-5-20250929", Some((4, 5)));
        check("claude-sonnet-4.5-20250508", Some((4, 5)));
        check("claude-sonnet-4-20250514", Some((4, 0)));
        check("claude-opus-4-6", Some((4, 6)));
        check("claude-3-7-sonnet-latest", Some((3, 7)));
        check("claude-3-opus-20240229", Some((3, 0)));
        check("claude-2.1", Some((2, 1)));
        check("anthropic.claude-opus-4-1-20250805-v1:0", Some((4, 1)));
        check("claude-sonnet-4-5@20250929", Some((4, 5)));
        check("claude-opus-5", Some((5, 0)));
        check("claude-instant", None);
        check("gpt-4.1", None);
    }

    #[test]
    fn an_unknown_model_is_asked_in_words() {
        use PrefillSupport::{No, Yes};
        let rule = PrefillRule::ClaudeBefore46;
        assert_eq!(rule.of_model("claude-next"), No);
        assert_eq!(rule.of_model("my-deployment"), No);
        assert_eq!(PrefillRule::Never.of_model("claude-3-opus"), No);
        assert_eq!(PrefillRule::Always.of_model("llama"), Yes);
    }
}
