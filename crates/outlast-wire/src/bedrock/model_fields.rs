//! `additionalModelRequestFields`: what only models of one vendor take.
//!
//! Above all, how much to think; each vendor spells it in its own way ([`ThinkingField`]).

use std::collections::BTreeMap;

use outlast_types::{ChatRequest, RawJson, ReasoningConfig, ReasoningEffort};

use super::PROTOCOL;
use super::conversation::Conversation;
use super::family::{ThinkingField, thinking_field};
use super::origin::Origin;
use super::top_k;
use crate::EncodeOptions;
use crate::anthropic::{self, Situation, ThinkingPlan};
use crate::json::{Object, ObjectWriter};
use crate::notes::Notes;

/// The name of the field.
pub(super) const FIELD: &str = "additionalModelRequestFields";

type Fields = BTreeMap<String, RawJson>;

/// The field, ready to be written.
#[derive(Debug, Default)]
pub(super) struct ModelFields<'a> {
    /// What the caller wrote; earlier maps go before later ones.
    given: Vec<Fields>,
    /// What the caller wrote, where that is no object.
    odd: Option<&'a RawJson>,
    thinking: Option<ThinkingPlan<'a>>,
    /// Other vendors' ways to say how much to think, and how to sample.
    told: Vec<(&'static str, RawJson)>,
}

impl<'a> ModelFields<'a> {
    pub(super) fn plan(
        request: &'a ChatRequest,
        options: &EncodeOptions<'_>,
        origin: Origin,
        conversation: &Conversation<'a>,
        is_forced: bool,
        notes: &mut Notes,
    ) -> Self {
        let mut plan = Self::default();
        for section in [options.provider, "*"] {
            let fields = request.provider_options.get(section);
            plan.given
                .extend(fields.and_then(|fields| fields.get(FIELD)?.read().ok()));
        }
        let own = request
            .extra
            .as_ref()
            .and_then(|extra| extra.fields_for(&PROTOCOL)?.get(FIELD));
        match own {
            Some(written) if origin == Origin::SameVendor => plan.keep(written),
            Some(written) if top_k::is_all(written) => {}
            Some(_) => notes.loss("fields for another vendor's model are left out"),
            None => {}
        }
        if origin != Origin::SameVendor
            && let Some(config) = &request.reasoning
        {
            let situation = Situation {
                origin: anthropic::Origin::Foreign,
                is_forced,
                is_amid_thoughtless_turn: conversation.is_amid_thoughtless_turn(),
                dialect: anthropic::Dialect::of_model(options.model),
            };
            plan.tell(
                config,
                request.max_output_tokens,
                options.model,
                situation,
                notes,
            );
        }
        plan
    }

    /// Tells whether a Claude is asked to think; others take any temperature then, too.
    pub(super) fn is_thinking(&self) -> bool {
        self.thinking.as_ref().is_some_and(ThinkingPlan::is_on)
    }

    /// Says from how many tokens is sampled, in the words of the vendor of `model`.
    pub(super) fn sample(&mut self, top_k: Option<u64>, model: &str, notes: &mut Notes) {
        let Some(top_k) = top_k else { return };
        match top_k::field(model, top_k) {
            Some(told) => self.told.push(told),
            None => notes.loss("top_k is left out: the model is not told"),
        }
    }

    fn keep(&mut self, written: &'a RawJson) {
        match written.read() {
            Ok(fields) => self.given.push(fields),
            Err(_) => self.odd = Some(written),
        }
    }

    fn tell(
        &mut self,
        config: &'a ReasoningConfig,
        max_tokens: Option<u64>,
        model: &str,
        situation: Situation,
        notes: &mut Notes,
    ) {
        let field = thinking_field(model);
        if let ThinkingField::Anthropic(_) = field {
            // A request without a limit is fine here.
            let max_tokens = max_tokens.unwrap_or(u64::MAX);
            self.thinking = Some(ThinkingPlan::new(
                Some(config),
                Some(max_tokens),
                situation,
                notes,
            ));
            return;
        }
        let Some(level) = level(config) else { return };
        self.told.push(match field {
            ThinkingField::Effort => ("reasoning_effort", serde_json::json!(level).into()),
            ThinkingField::Config => ("reasoning_config", serde_json::json!(level).into()),
            ThinkingField::Nova => {
                let config = serde_json::json!({"type": "enabled", "maxReasoningEffort": level});
                ("reasoningConfig", config.into())
            }
            _ => {
                notes.loss("how much to think is left out: the model is not told");
                return;
            }
        });
        notes.change(format!("how much to think becomes \"{level}\""));
    }

    /// Writes the field.
    pub(super) fn write(&self, body: &mut ObjectWriter<'_>) {
        if let Some(odd) = self.odd {
            body.field(FIELD, odd);
            return;
        }
        let has_thinking = self
            .thinking
            .as_ref()
            .is_some_and(|plan| plan.is_on() || plan.effort.is_some());
        if self.given.is_empty() && self.told.is_empty() && !has_thinking {
            return;
        }
        body.object(FIELD, |object| {
            for (at, fields) in self.given.iter().enumerate() {
                for (name, value) in fields {
                    if !self.is_given(name, at) {
                        object.field(name, value);
                    }
                }
            }
            self.write_told(object);
        });
    }

    fn write_told(&self, object: &mut ObjectWriter<'_>) {
        if let Some(plan) = &self.thinking {
            if !self.is_given("thinking", usize::MAX) {
                plan.write(object);
            }
            if let Some(effort) = plan.effort
                && !self.is_given("output_config", usize::MAX)
            {
                object.object("output_config", |config| {
                    config.field("effort", effort);
                });
            }
        }
        for (name, value) in &self.told {
            if !self.is_given(name, usize::MAX) {
                object.field(name, value);
            }
        }
    }

    /// Tells whether one of the first `before` maps has a field.
    fn is_given(&self, name: &str, before: usize) -> bool {
        self.given
            .iter()
            .take(before)
            .any(|fields| fields.contains_key(name))
    }
}

/// Returns how much to think, in the words that all vendors have; `None` where nothing is asked for.
fn level(config: &ReasoningConfig) -> Option<&'static str> {
    match &config.effort {
        _ if config.enabled == Some(false) => None,
        Some(ReasoningEffort::Minimal | ReasoningEffort::Low) => Some("low"),
        Some(ReasoningEffort::Medium) => Some("medium"),
        Some(ReasoningEffort::Other(name)) if name == "none" => None,
        Some(_) => Some("high"),
        None => match config.budget_tokens {
            Some(0) => None,
            Some(1..4096) => Some("low"),
            Some(4096..16_384) => Some("medium"),
            Some(_) => Some("high"),
            None => config.enabled.map(|_| "medium"),
        },
    }
}

/// Reads how much to think out of the field, whichever vendor's way it is said in. The field itself stays where it is.
pub(super) fn read_reasoning(raw: &RawJson) -> Option<ReasoningConfig> {
    let mut fields = raw.read::<Object<'_>>().ok()?;
    let mut config = ReasoningConfig::default();
    for name in ["thinking", "reasoning_config", "reasoningConfig"] {
        let Some(mut thinking) = fields.take::<Object<'_>>(name).ok().flatten() else {
            continue;
        };
        let kind = thinking.take::<String>("type").ok().flatten();
        config.enabled = kind.map(|kind| kind != "disabled");
        config.budget_tokens = thinking.take("budget_tokens").ok().flatten();
        config.effort = effort(&mut thinking, "maxReasoningEffort");
        break;
    }
    if let Some(mut output) = fields.take::<Object<'_>>("output_config").ok().flatten() {
        config.effort = effort(&mut output, "effort").or(config.effort);
    }
    for name in ["reasoning_effort", "reasoning_config"] {
        config.effort = config.effort.or_else(|| effort(&mut fields, name));
    }
    (config != ReasoningConfig::default()).then_some(config)
}

fn effort(fields: &mut Object<'_>, name: &str) -> Option<ReasoningEffort> {
    let word: String = fields.take(name).ok()??;
    Some(match word.as_str() {
        "minimal" => ReasoningEffort::Minimal,
        "low" => ReasoningEffort::Low,
        "medium" => ReasoningEffort::Medium,
        "high" => ReasoningEffort::High,
        _ => ReasoningEffort::Other(word),
    })
}
