//! What models of different vendors do differently, as data.

use crate::anthropic::{Dialect, StructuredOutput, generation};

/// How a model is told how much to think: in a field of `additionalModelRequestFields`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThinkingField {
    /// As Anthropic's Messages has it: `thinking`, beside `output_config.effort` for newer models.
    Anthropic(Dialect),
    /// `"reasoning_effort": "low"`: OpenAI's open models.
    Effort,
    /// `"reasoning_config": "high"`: Qwen's.
    Config,
    /// `"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}`: Amazon's Nova from 2 on.
    Nova,
    /// It is not told.
    None,
}

/// Returns the vendor in a model's id: `us.anthropic.claude-...` and the ARN of such a profile are `anthropic`.
///
/// An application's own inference profile has an id that tells nothing: `None`.
pub(super) fn vendor(model: &str) -> Option<&str> {
    let id = model.rsplit_once('/').map_or(model, |(_, id)| id);
    let (first, rest) = id.split_once('.')?;
    if !REGIONS.contains(&first) {
        return Some(first);
    }
    rest.split_once('.').map(|(vendor, _)| vendor)
}

/// The prefixes of inference profiles that span regions.
const REGIONS: &[&str] = &[
    "us", "us-gov", "eu", "apac", "jp", "au", "ca", "sa", "global",
];

/// Returns how `model` is told how much to think.
pub(super) fn thinking_field(model: &str) -> ThinkingField {
    match vendor(model) {
        Some("anthropic") => ThinkingField::Anthropic(Dialect::of_model(model)),
        Some("openai") => ThinkingField::Effort,
        Some("qwen") => ThinkingField::Config,
        Some("amazon") if model.contains("nova-2") => ThinkingField::Nova,
        _ => ThinkingField::None,
    }
}

/// Tells whether `model` answers in JSON by a schema in `outputConfig`; others are made to call a tool.
///
/// Amazon's list has Claude from 4.5 on and most open models, but none of its own and none of Meta's:
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>.
pub(super) fn takes_schema(model: &str) -> bool {
    match vendor(model) {
        Some("anthropic") => {
            generation(model).is_some_and(|generation| generation >= (4, 5))
                && Dialect::of_model(model).structured_output == StructuredOutput::Native
        }
        Some("deepseek") => !model.contains("r1"),
        Some(
            "google" | "minimax" | "mistral" | "moonshot" | "moonshotai" | "nvidia" | "openai"
            | "qwen" | "zai",
        ) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendor_is_found_in_every_form_of_a_model_s_id() {
        let check = |model, expect: Option<&str>| assert_eq!(vendor(model), expect, "{model}");
        check("anthropic.claude-v2", Some("anthropic"));
        check(
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            Some("anthropic"),
        );
        check("global.amazon.nova-2-lite-v1:0", Some("amazon"));
        check("us.deepseek.r1-v1:0", Some("deepseek"));
        check("zai.glm-4.7-flash", Some("zai"));
        check("qwen.qwen3-32b-v1:0", Some("qwen"));
        check(
            "arn:aws:bedrock:us-east-1:1:inference-profile/eu.meta.llama3-2-1b-instruct-v1:0",
            Some("meta"),
        );
        check(
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/mi1dadi0g15f",
            None,
        );
        check("default", None);
    }

    #[test]
    fn each_vendor_s_models_are_told_in_their_own_way() {
        assert_eq!(
            thinking_field("openai.gpt-oss-120b-1:0"),
            ThinkingField::Effort
        );
        assert_eq!(
            thinking_field("us.amazon.nova-2-lite-v1:0"),
            ThinkingField::Nova
        );
        assert_eq!(
            thinking_field("us.amazon.nova-lite-v1:0"),
            ThinkingField::None
        );
        assert!(takes_schema("us.anthropic.claude-haiku-4-5-20251001-v1:0"));
        assert!(!takes_schema("us.anthropic.claude-opus-4-1-20250805-v1:0"));
        assert!(!takes_schema("amazon.nova-lite-v1:0"));
    }
}
