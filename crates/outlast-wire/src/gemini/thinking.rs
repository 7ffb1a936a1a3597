//! How much to think before answering: `thinkingConfig`.
//!
//! Models up to 2.5 are told in tokens, newer ones in words; a request that says both is refused. What an effort in
//! words is in tokens, and the other way about, is taken from Google's own
//! [table](https://ai.google.dev/gemini-api/docs/openai#thinking) for OpenAI's clients: minimal and low are 1,024, medium
//! is 8,192, high is 24,576.

use std::collections::BTreeMap;

use outlast_types::{Extra, RawJson, ReasoningConfig, ReasoningEffort};
use serde_json::Value;
use serde_json::value::RawValue;

use super::spelling::Spelling;
use super::{PROTOCOL, Thinking};
use crate::json::{FieldError, Object, read_value};
use crate::notes::Notes;

const BUDGET: &str = "thinkingBudget";
const LEVEL: &str = "thinkingLevel";
const SHOW: &str = "includeThoughts";

const LOW: u64 = 1024;
const MEDIUM: u64 = 8192;
const HIGH: u64 = 24_576;

/// The budget that leaves it to the model.
const DYNAMIC: i64 = -1;

type Fields = BTreeMap<String, RawJson>;

/// Returns the fields for `config` as it came in this protocol.
pub(super) fn as_written(config: &ReasoningConfig, spelling: &Spelling) -> Fields {
    let mut fields = own_fields(config).cloned().unwrap_or_default();
    let budget = match (config.enabled, config.budget_tokens) {
        (Some(false), _) => Some(Value::from(0)),
        (_, Some(budget)) => Some(Value::from(budget)),
        (Some(true), None) if config.effort.is_none() => Some(Value::from(DYNAMIC)),
        _ => None,
    };
    let level = config.effort.as_ref().map(effort_name).map(Value::from);
    for (name, value) in [(BUDGET, budget), (LEVEL, level)] {
        if let Some(value) = value {
            fields.insert(spelling.name(name).into_owned(), RawJson::from(value));
        }
    }
    fields
}

/// Returns the fields for `config` in the form that a model takes; none if there is nothing to say.
pub(super) fn adapted(config: &ReasoningConfig, thinking: Thinking, notes: &mut Notes) -> Fields {
    let mut fields = own_fields(config).cloned().unwrap_or_default();
    let is_off = is_off(config);
    let asks = is_off
        || config.effort.is_some()
        || config.budget_tokens.is_some()
        || config.enabled.is_some();
    if !asks {
        return fields;
    }
    let said = match thinking {
        Thinking::None => {
            if !is_off {
                notes.loss("how much to think is left out: the model does not think");
            }
            return Fields::new();
        }
        Thinking::Budget {
            least,
            most,
            can_be_off,
        } => {
            let budget = budget(config, least, most, can_be_off, notes);
            (BUDGET, Value::from(budget))
        }
        Thinking::Level { minimal, medium } => match level(config, minimal, medium, notes) {
            Some(level) => (LEVEL, Value::from(level)),
            None => return fields,
        },
    };
    fields.insert(said.0.to_owned(), RawJson::from(said.1));
    if !is_off {
        // Thoughts cost the same unseen, and the first of them tells that the model is at work.
        fields
            .entry(SHOW.to_owned())
            .or_insert_with(|| RawJson::from(Value::from(true)));
    }
    fields
}

fn own_fields(config: &ReasoningConfig) -> Option<&Fields> {
    config.extra.as_ref()?.fields_for(&PROTOCOL)
}

fn is_off(config: &ReasoningConfig) -> bool {
    config.enabled == Some(false)
        || config.budget_tokens == Some(0)
        || matches!(&config.effort, Some(ReasoningEffort::Other(name)) if name == "none")
}

fn budget(
    config: &ReasoningConfig,
    least: u64,
    most: u64,
    can_be_off: bool,
    notes: &mut Notes,
) -> i64 {
    if is_off(config) {
        if can_be_off {
            return 0;
        }
        notes.loss(format!(
            "thinking cannot be switched off here and is set to {least} tokens"
        ));
        return to_budget(least);
    }
    let wanted = match (config.budget_tokens, &config.effort) {
        (Some(budget), _) => budget,
        (None, Some(effort)) => tokens_of(effort),
        (None, None) => return DYNAMIC,
    };
    let budget = wanted.clamp(least, most);
    if config.budget_tokens != Some(budget) {
        notes.change(format!(
            "how much to think becomes a budget of {budget} tokens"
        ));
    }
    to_budget(budget)
}

fn to_budget(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}

const fn tokens_of(effort: &ReasoningEffort) -> u64 {
    match effort {
        ReasoningEffort::Minimal | ReasoningEffort::Low => LOW,
        ReasoningEffort::Medium => MEDIUM,
        _ => HIGH,
    }
}

/// Returns the nearest level that a model knows; `None` to leave it to the model.
fn level(
    config: &ReasoningConfig,
    minimal: bool,
    medium: bool,
    notes: &mut Notes,
) -> Option<&'static str> {
    let lowest = if minimal { "minimal" } else { "low" };
    if is_off(config) {
        notes.loss(format!(
            "thinking cannot be switched off here and is set to \"{lowest}\""
        ));
        return Some(lowest);
    }
    let middle = if medium { "medium" } else { "high" };
    let (asked, level) = match (&config.effort, config.budget_tokens) {
        (Some(effort), _) => (
            effort_name(effort).to_owned(),
            match effort {
                ReasoningEffort::Minimal => lowest,
                ReasoningEffort::Low => "low",
                ReasoningEffort::Medium => middle,
                _ => "high",
            },
        ),
        (None, Some(budget)) => (
            format!("{budget} tokens"),
            if budget <= LOW {
                "low"
            } else if budget <= MEDIUM {
                middle
            } else {
                "high"
            },
        ),
        (None, None) => return None,
    };
    if asked != level {
        notes.change(format!("how much to think, {asked}, becomes \"{level}\""));
    }
    Some(level)
}

fn effort_name(effort: &ReasoningEffort) -> &str {
    match effort {
        ReasoningEffort::Minimal => "minimal",
        ReasoningEffort::Low => "low",
        ReasoningEffort::Medium => "medium",
        ReasoningEffort::High => "high",
        ReasoningEffort::Other(name) => name,
        _ => "medium",
    }
}

/// Reads a `thinkingConfig`.
pub(super) fn read(raw: &RawValue, spelling: &mut Spelling) -> Result<ReasoningConfig, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let mut config = ReasoningConfig::default();
    if let Some(raw) = spelling.take(&mut fields, BUDGET) {
        match read_value::<i64>(raw).map_err(|error| error.within(BUDGET))? {
            0 => config.enabled = Some(false),
            ..0 => config.enabled = Some(true),
            budget => config.budget_tokens = budget.try_into().ok(),
        }
    }
    if let Some(raw) = spelling.take(&mut fields, LEVEL) {
        let name: String = read_value(raw).map_err(|error| error.within(LEVEL))?;
        config.effort = Some(match name.to_ascii_lowercase().as_str() {
            "minimal" => ReasoningEffort::Minimal,
            "low" => ReasoningEffort::Low,
            "medium" => ReasoningEffort::Medium,
            "high" => ReasoningEffort::High,
            _ => ReasoningEffort::Other(name),
        });
    }
    config.extra = Extra::from_fields(PROTOCOL, fields.into_rest());
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::super::Dialect;
    use super::*;

    fn written(config: &ReasoningConfig, model: &str) -> String {
        let mut notes = Notes::default();
        let fields = adapted(config, Dialect::of_model(model).thinking, &mut notes);
        let count = notes.into_adaptations().len();
        format!("{} +{count}", serde_json::to_string(&fields).unwrap())
    }

    fn effort(effort: ReasoningEffort) -> ReasoningConfig {
        let mut config = ReasoningConfig::default();
        config.effort = Some(effort);
        config
    }

    fn budget(tokens: u64) -> ReasoningConfig {
        let mut config = ReasoningConfig::default();
        config.budget_tokens = Some(tokens);
        config
    }

    #[test]
    fn an_effort_becomes_tokens_where_words_are_not_taken() {
        let show = r#"{"includeThoughts":true,"thinkingBudget":"#;
        let check = |config: &ReasoningConfig, model, rest: &str| {
            assert_eq!(written(config, model), format!("{show}{rest}"));
        };
        check(
            &effort(ReasoningEffort::Low),
            "gemini-2.5-flash",
            "1024} +1",
        );
        check(
            &effort(ReasoningEffort::High),
            "gemini-2.5-pro",
            "24576} +1",
        );
        check(&budget(2000), "gemini-2.5-flash", "2000} +0");
        check(&budget(100_000), "gemini-2.5-flash", "24576} +1");
        check(&budget(1), "gemini-2.5-pro", "128} +1");
    }

    #[test]
    fn tokens_become_an_effort_where_words_are_taken() {
        let show = r#"{"includeThoughts":true,"thinkingLevel":"#;
        let check = |config: &ReasoningConfig, model, rest: &str| {
            assert_eq!(written(config, model), format!("{show}{rest}"));
        };
        check(&budget(8000), "gemini-3-flash-preview", r#""medium"} +1"#);
        check(&budget(8000), "gemini-3-pro-preview", r#""high"} +1"#);
        check(
            &effort(ReasoningEffort::Minimal),
            "gemini-3-pro-preview",
            r#""low"} +1"#,
        );
        check(
            &effort(ReasoningEffort::High),
            "gemini-3-pro-preview",
            r#""high"} +0"#,
        );
        check(
            &effort(ReasoningEffort::Other("xhigh".to_owned())),
            "gemini-3-pro-preview",
            r#""high"} +1"#,
        );
    }

    #[test]
    fn thinking_is_switched_off_where_that_is_possible() {
        let off = budget(0);
        assert_eq!(
            written(&off, "gemini-2.5-flash"),
            r#"{"thinkingBudget":0} +0"#
        );
        assert_eq!(
            written(&off, "gemini-2.5-pro"),
            r#"{"thinkingBudget":128} +1"#
        );
        assert_eq!(
            written(&off, "gemini-3-flash-preview"),
            r#"{"thinkingLevel":"minimal"} +1"#
        );
        assert_eq!(written(&off, "gemini-2.0-flash"), "{} +0");
        assert_eq!(written(&budget(5), "gemini-2.0-flash"), "{} +1");
    }
}
