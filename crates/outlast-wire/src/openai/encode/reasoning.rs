//! How much to think, in the form the account takes.

use std::collections::BTreeMap;

use outlast_types::{RawJson, ReasoningConfig, ReasoningEffort};

use super::super::PROTOCOL;
use super::super::dialect::ReasoningControl;
use super::super::reasoning_config::{effort_name, read_fields};
use super::own_fields;
use crate::json::ObjectWriter;
use crate::notes::Notes;

const EFFORT: &str = "reasoning_effort";
const OBJECT: &str = "reasoning";
const THINKING: &str = "thinking";

/// The fields in which one dialect or another says it.
pub(super) const FIELDS: [&str; 3] = [OBJECT, EFFORT, THINKING];

/// Up to how many tokens of thinking an effort stands for, where only words are taken.
const LOW_BUDGET: u64 = 4_096;
const MEDIUM_BUDGET: u64 = 16_384;

/// Writes `config`.
pub(super) fn write(
    config: &ReasoningConfig,
    control: ReasoningControl,
    object: &mut ObjectWriter<'_>,
    notes: &mut Notes,
) {
    let forms: &[&str] = match control {
        ReasoningControl::AsWritten => &FIELDS,
        ReasoningControl::Effort => &[EFFORT],
        ReasoningControl::Object => &[OBJECT],
        ReasoningControl::Thinking => &[THINKING, EFFORT],
        ReasoningControl::None => &[],
    };
    if let Some(fields) = as_written(config, forms) {
        object.fields(fields);
        return;
    }
    match control {
        ReasoningControl::AsWritten | ReasoningControl::Effort => {
            write_effort(config, object, notes);
        }
        ReasoningControl::Object => write_object(config, object),
        ReasoningControl::Thinking => write_thinking(config, object, notes),
        ReasoningControl::None => {
            notes.loss("how much to think is left out: the account takes no such field");
        }
    }
    notes.leave_out(config.extra.as_ref(), &PROTOCOL);
}

/// Returns the caller's own fields if they are of these forms and still say what `config` says.
fn as_written<'a>(
    config: &'a ReasoningConfig,
    forms: &[&str],
) -> Option<&'a BTreeMap<String, RawJson>> {
    let fields = own_fields(config.extra.as_ref()).0?;
    let read = read_fields(|name| fields.get(name).map(RawJson::as_raw_value));
    let same = read.effort == config.effort
        && read.budget_tokens == config.budget_tokens
        && read.enabled == config.enabled;
    let fit = fields.keys().all(|name| forms.contains(&name.as_str()));
    (same && fit).then_some(fields)
}

fn write_effort(config: &ReasoningConfig, object: &mut ObjectWriter<'_>, notes: &mut Notes) {
    if let Some(effort) = &config.effort {
        object.field(EFFORT, effort_name(effort));
    } else if let Some(budget) = config
        .budget_tokens
        .filter(|_| config.enabled != Some(false))
    {
        let effort = effort_of(budget);
        notes.change(format!(
            "{budget} tokens of thinking are asked for as the effort {}",
            effort_name(&effort)
        ));
        object.field(EFFORT, effort_name(&effort));
    } else if let Some(enabled) = config.enabled {
        let switch = if enabled { "on" } else { "off" };
        notes.loss(format!(
            "thinking cannot be switched {switch} here and is left to the model"
        ));
    }
}

fn effort_of(budget: u64) -> ReasoningEffort {
    if budget <= LOW_BUDGET {
        ReasoningEffort::Low
    } else if budget <= MEDIUM_BUDGET {
        ReasoningEffort::Medium
    } else {
        ReasoningEffort::High
    }
}

/// OpenRouter takes an effort or a number of tokens, not both.
fn write_object(config: &ReasoningConfig, object: &mut ObjectWriter<'_>) {
    object.object(OBJECT, |fields| {
        match (&config.effort, &config.budget_tokens) {
            (Some(effort), _) => fields.field("effort", effort_name(effort)),
            (None, budget) => fields.optional("max_tokens", budget.as_ref()),
        };
        fields.optional("enabled", config.enabled.as_ref());
    });
}

fn write_thinking(config: &ReasoningConfig, object: &mut ObjectWriter<'_>, notes: &mut Notes) {
    let asked = config.effort.is_some() || config.budget_tokens.is_some();
    let enabled = config.enabled.unwrap_or(asked);
    object.object(THINKING, |fields| {
        fields.field("type", if enabled { "enabled" } else { "disabled" });
    });
    if let Some(effort) = config.effort.as_ref().filter(|_| enabled) {
        object.field(EFFORT, effort_name(effort));
    } else if config.budget_tokens.is_some() {
        notes.change("the number of tokens for thinking is left out");
    }
}
