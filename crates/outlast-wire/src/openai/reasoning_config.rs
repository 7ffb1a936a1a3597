//! How much to think, in the fields that carry it: `reasoning_effort` (OpenAI and most), `reasoning` (OpenRouter,
//! Vercel's gateway), `thinking` (DeepSeek, Z.ai).

use outlast_types::{ReasoningConfig, ReasoningEffort};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads the fields that `get` finds, as far as they can be read.
pub(crate) fn read_fields<'a>(get: impl Fn(&str) -> Option<&'a RawValue>) -> ReasoningConfig {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Fields {
        effort: Option<String>,
        max_tokens: Option<u64>,
        budget_tokens: Option<u64>,
        enabled: Option<bool>,
        r#type: Option<String>,
    }
    let object = |name| -> Fields {
        get(name)
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .unwrap_or_default()
    };
    let (reasoning, thinking) = (object("reasoning"), object("thinking"));
    let effort: Option<String> =
        get("reasoning_effort").and_then(|raw| serde_json::from_str(raw.get()).ok());

    let mut config = ReasoningConfig::default();
    config.effort = effort.or(reasoning.effort).map(effort_from);
    config.budget_tokens = reasoning.max_tokens.or(thinking.budget_tokens);
    config.enabled = reasoning.enabled.or(match thinking.r#type.as_deref() {
        Some("disabled") => Some(false),
        Some(_) => Some(true),
        None => None,
    });
    config
}

pub(crate) fn effort_from(name: String) -> ReasoningEffort {
    match name.as_str() {
        "minimal" => ReasoningEffort::Minimal,
        "low" => ReasoningEffort::Low,
        "medium" => ReasoningEffort::Medium,
        "high" => ReasoningEffort::High,
        _ => ReasoningEffort::Other(name),
    }
}

pub(crate) fn effort_name(effort: &ReasoningEffort) -> &str {
    match effort {
        ReasoningEffort::Minimal => "minimal",
        ReasoningEffort::Low => "low",
        ReasoningEffort::Medium => "medium",
        ReasoningEffort::High => "high",
        ReasoningEffort::Other(name) => name,
        _ => "high",
    }
}
