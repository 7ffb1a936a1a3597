//! How much to think: the field `reasoning`.

use outlast_types::{ReasoningConfig, ReasoningEffort};

use super::PROTOCOL;
use super::marks::own_fields;
use super::origin::Origin;
use crate::json::{FieldError, Object, ObjectWriter, read_value};
use crate::notes::Notes;
use crate::openai::reasoning_config::{effort_from, effort_name};
use crate::openai::spelling;

const FIELD: &str = "reasoning";
const EFFORT: &str = "effort";

/// Up to how many tokens of thinking an effort stands for: only words are taken.
const LOW_BUDGET: u64 = 4_096;
const MEDIUM_BUDGET: u64 = 16_384;

/// Takes the field. A `null` stays where it is.
pub(super) fn take(object: &mut Object<'_>) -> Result<Option<ReasoningConfig>, FieldError> {
    spelling::take_some(object, FIELD, |raw| {
        let mut fields = Object::from_raw(raw)?;
        let mut config = ReasoningConfig::default();
        config.effort = spelling::take_text(&mut fields, EFFORT)?.map(effort_from);
        // OpenRouter's. They stay where they are, too.
        config.budget_tokens = fields
            .get("max_tokens")
            .and_then(|raw| read_value(raw).ok());
        config.enabled = fields.get("enabled").and_then(|raw| read_value(raw).ok());
        config.extra = fields.into_extra(PROTOCOL);
        Ok(config)
    })
}

/// Writes the field.
pub(super) fn write(
    config: &ReasoningConfig,
    origin: Origin,
    object: &mut ObjectWriter<'_>,
    notes: &mut Notes,
) {
    let spelling = own_fields(config.extra.as_ref());
    let effort = match &config.effort {
        None if !origin.is_own() => effort_for(config, notes),
        effort => effort.clone(),
    };
    if effort.is_some() || spelling.0.is_some() || origin.is_own() {
        object.object(FIELD, |fields| {
            match &effort {
                Some(effort) => {
                    fields.field(EFFORT, effort_name(effort));
                    spelling.write_rest(fields, &[EFFORT]);
                }
                None => spelling.write_rest(fields, &[]),
            };
        });
    }
    notes.leave_out(config.extra.as_ref(), &PROTOCOL);
}

/// Returns the effort that stands for a budget.
fn effort_for(config: &ReasoningConfig, notes: &mut Notes) -> Option<ReasoningEffort> {
    let budget = config
        .budget_tokens
        .filter(|_| config.enabled != Some(false));
    let Some(budget) = budget else {
        if let Some(enabled) = config.enabled {
            let switch = if enabled { "on" } else { "off" };
            notes.loss(format!(
                "thinking cannot be switched {switch} here and is left to the model"
            ));
        }
        return None;
    };
    let effort = if budget <= LOW_BUDGET {
        ReasoningEffort::Low
    } else if budget <= MEDIUM_BUDGET {
        ReasoningEffort::Medium
    } else {
        ReasoningEffort::High
    };
    notes.change(format!(
        "{budget} tokens of thinking are asked for as the effort {}",
        effort_name(&effort)
    ));
    Some(effort)
}
