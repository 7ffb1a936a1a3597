//! How much to think before answering.
//!
//! Other protocols say it in words ("high"); so does this one for newer models (`output_config.effort`). Older models
//! want a budget in tokens, which is a part of `max_tokens`, and refuse one where a tool must be called or where a turn
//! with tool calls is under way that began without thinking.

use std::borrow::Cow;

use outlast_types::{Extra, RawJson, ReasoningConfig, ReasoningEffort};

use super::origin::Origin;
use super::{Dialect, PROTOCOL, Thinking};
use crate::json::{FieldError, Object, ObjectWriter};
use crate::notes::Notes;

/// The `max_tokens` of a request that sets no limit; with a budget for thinking, the part beside it.
const DEFAULT_MAX_TOKENS: u64 = 4096;

/// The least budget the API takes.
const MIN_BUDGET: u64 = 1024;

const FORCED: &str = "thinking is left out: the model must call a tool";

const AMID_THOUGHTLESS_TURN: &str = "thinking is left out: the turn under way began without it";

/// The budget for an effort in words; `None` where it is not said how much.
const fn budget_of(effort: Option<&ReasoningEffort>) -> u64 {
    match effort {
        Some(ReasoningEffort::Minimal) => MIN_BUDGET,
        Some(ReasoningEffort::Low) => 2048,
        Some(ReasoningEffort::High) => 16_384,
        Some(ReasoningEffort::Other(_)) => 32_768,
        _ => 8192,
    }
}

/// The fields about thinking, ready to be written.
#[derive(Debug, Default)]
pub(crate) struct ThinkingPlan<'a> {
    kind: Option<Cow<'a, str>>,
    budget: Option<u64>,
    extra: Option<&'a Extra>,
    /// The level for `output_config.effort`.
    pub(crate) effort: Option<&'a str>,
    pub(super) max_tokens: u64,
}

/// What a request is that bears on thinking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation {
    pub(crate) origin: Origin,
    /// Whether a tool must be called, so that the model must not think.
    pub(crate) is_forced: bool,
    /// Whether a turn is under way that began without thinking.
    pub(crate) is_amid_thoughtless_turn: bool,
    pub(crate) dialect: Dialect,
}

impl<'a> ThinkingPlan<'a> {
    pub(crate) fn new(
        config: Option<&'a ReasoningConfig>,
        max_tokens: Option<u64>,
        situation: Situation,
        notes: &mut Notes,
    ) -> Self {
        let mut plan = match config {
            Some(config) if situation.origin == Origin::Exact => {
                Self::as_written(config, situation, notes)
            }
            Some(config) if is_off(config) => Self::default(),
            Some(config) => Self::adapted(config, max_tokens, situation, notes),
            None => Self::default(),
        };
        plan.max_tokens = max_tokens.unwrap_or_else(|| {
            let tokens = DEFAULT_MAX_TOKENS + plan.budget.unwrap_or(0);
            notes.change(format!(
                "max_tokens is set to {tokens}: the format needs a limit"
            ));
            tokens
        });
        plan
    }

    /// Asks for the same in the form the model takes.
    fn adapted(
        config: &'a ReasoningConfig,
        max_tokens: Option<u64>,
        situation: Situation,
        notes: &mut Notes,
    ) -> Self {
        let own = config
            .extra
            .as_ref()
            .and_then(|extra| extra.fields_for(&PROTOCOL));
        for name in own.into_iter().flat_map(|fields| fields.keys()) {
            if name != "type" {
                notes.loss(format!("the field `{name:.64}` of `thinking` is left out"));
            }
        }
        match situation.dialect.thinking {
            Thinking::None => {
                notes.loss("how much to think is left out: the model does not think");
                Self::default()
            }
            Thinking::Adaptive => Self::adaptive(config, situation, notes),
            Thinking::Budget => Self::budgeted(config, max_tokens, situation, notes),
        }
    }

    /// Tells whether the model is asked to think.
    pub(crate) fn is_on(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| kind != "disabled")
    }

    fn as_written(config: &'a ReasoningConfig, situation: Situation, notes: &mut Notes) -> Self {
        let effort = config.effort.as_ref().map(effort_name);
        // Such a turn may be another provider's work, of which the caller knows nothing.
        if config.budget_tokens.is_some() && situation.is_amid_thoughtless_turn {
            notes.loss(AMID_THOUGHTLESS_TURN);
            return Self {
                effort,
                ..Self::default()
            };
        }
        let kind = if config.enabled == Some(false) {
            Some(Cow::Borrowed("disabled"))
        } else if let Some(kind) = written_kind(config) {
            Some(kind)
        } else {
            config.budget_tokens.map(|_| Cow::Borrowed("enabled"))
        };
        Self {
            kind,
            budget: config.budget_tokens,
            extra: config.extra.as_ref(),
            effort,
            max_tokens: 0,
        }
    }

    fn adaptive(config: &'a ReasoningConfig, situation: Situation, notes: &mut Notes) -> Self {
        if situation.is_forced {
            notes.loss(FORCED);
        } else if config.budget_tokens.is_some() && config.effort.is_none() {
            notes.change("a thinking budget becomes adaptive thinking");
        }
        Self {
            kind: (!situation.is_forced).then_some(Cow::Borrowed("adaptive")),
            effort: config.effort.as_ref().map(|effort| nearest(effort, notes)),
            ..Self::default()
        }
    }

    fn budgeted(
        config: &ReasoningConfig,
        max_tokens: Option<u64>,
        situation: Situation,
        notes: &mut Notes,
    ) -> Self {
        if situation.is_forced {
            notes.loss(FORCED);
            return Self::default();
        }
        if situation.is_amid_thoughtless_turn {
            notes.loss(AMID_THOUGHTLESS_TURN);
            return Self::default();
        }
        let wanted = config
            .budget_tokens
            .unwrap_or_else(|| budget_of(config.effort.as_ref()));
        // The answer needs room too.
        let budget = max_tokens.map_or(wanted, |max| wanted.min(max / 5 * 4));
        if budget < MIN_BUDGET {
            notes.loss("thinking is left out: max_tokens leaves no room for it");
            return Self::default();
        }
        if config.budget_tokens != Some(budget) {
            notes.change(format!(
                "how much to think becomes a budget of {budget} tokens"
            ));
        }
        Self {
            kind: Some(Cow::Borrowed("enabled")),
            budget: Some(budget),
            ..Self::default()
        }
    }

    /// Writes the field `thinking`.
    pub(crate) fn write(&self, body: &mut ObjectWriter<'_>) {
        let Some(kind) = &self.kind else { return };
        body.object("thinking", |object| {
            object
                .field("type", kind.as_ref())
                .optional("budget_tokens", self.budget.as_ref());
            let extra = self.extra.and_then(|extra| extra.fields_for(&PROTOCOL));
            for (name, value) in extra.into_iter().flatten() {
                if name != "type" {
                    object.field(name, value);
                }
            }
        });
    }
}

fn is_off(config: &ReasoningConfig) -> bool {
    config.enabled == Some(false)
        || config.budget_tokens == Some(0)
        || matches!(&config.effort, Some(ReasoningEffort::Other(name)) if name == "none")
        || (config.enabled, config.budget_tokens, &config.effort) == (None, None, &None)
}

fn written_kind(config: &ReasoningConfig) -> Option<Cow<'_, str>> {
    let fields = config.extra.as_ref()?.fields_for(&PROTOCOL)?;
    fields.get("type")?.read::<String>().ok().map(Cow::Owned)
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

/// Returns the nearest level that Anthropic has.
fn nearest<'a>(effort: &'a ReasoningEffort, notes: &mut Notes) -> &'a str {
    match effort_name(effort) {
        level @ ("low" | "medium" | "high" | "xhigh" | "max") => level,
        "minimal" => {
            notes.change("reasoning effort \"minimal\" becomes \"low\"");
            "low"
        }
        _ => {
            notes.change("an unknown reasoning effort becomes \"high\"");
            "high"
        }
    }
}

fn read_effort(name: &str) -> ReasoningEffort {
    match name {
        "low" => ReasoningEffort::Low,
        "medium" => ReasoningEffort::Medium,
        "high" => ReasoningEffort::High,
        other => ReasoningEffort::Other(other.to_owned()),
    }
}

/// Reads `thinking`, and the effort that stands in `output_config`.
pub(super) fn read(
    thinking: Option<Object<'_>>,
    effort: Option<&str>,
) -> Result<Option<ReasoningConfig>, FieldError> {
    if thinking.is_none() && effort.is_none() {
        return Ok(None);
    }
    let mut config = ReasoningConfig::default();
    config.effort = effort.map(read_effort);
    if let Some(mut thinking) = thinking {
        let kind: String = thinking.require("type")?;
        config.budget_tokens = thinking.take("budget_tokens")?;
        config.enabled = Some(kind != "disabled");
        let mut rest = thinking.into_rest();
        if !matches!(
            (&*kind, config.budget_tokens),
            ("enabled", Some(_)) | ("disabled", _)
        ) {
            rest.insert(
                "type".to_owned(),
                RawJson::from(serde_json::Value::String(kind)),
            );
        }
        config.extra = Extra::from_fields(PROTOCOL, rest);
    }
    Ok(Some(config))
}
