//! One rule as it is written: its conditions here, its effects in `effect.rs`.

use std::num::NonZeroU64;
use std::time::Duration;

use serde::Deserialize;

use super::effect::{
    ConnectionName, ContinuationName, CutFields, EmptyName, ErrorFields, FailureName, FinishFields,
    LimitFields, PointFields, StallFields,
};
use super::values::{Headers, Probability, Rate, Span, Status};
use crate::fault::Fault;

/// When something happens, and what.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// What the log calls it.
    pub(crate) name: Option<String>,
    pub(crate) when: When,
    pub(crate) fault: Fault,
}

/// Which calls a rule applies to: those that meet every condition.
#[derive(Clone, Debug, Default)]
pub(crate) struct When {
    /// The time it begins to apply.
    pub(crate) from: Duration,
    /// The time it ceases to.
    pub(crate) until: Option<Duration>,
    /// The periods in which it applies, in turn.
    pub(crate) flap: Option<Flap>,
    /// The kind of call.
    pub(crate) only: Option<Only>,
    /// The model, with `*` for any characters.
    pub(crate) model: Option<String>,
    /// Each call of this many.
    pub(crate) every: Option<NonZeroU64>,
    /// How likely it is.
    pub(crate) probability: Option<f64>,
    /// What has to be used up.
    pub(crate) capacity: Option<Capacity>,
    /// How many times it applies in all.
    pub(crate) times: Option<u64>,
}

/// A healthy period and a faulty one, in turn, the healthy first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flap {
    pub(crate) healthy: Duration,
    pub(crate) faulty: Duration,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Only {
    Stream,
    Unary,
}

/// How many calls are served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub(crate) per_second: Option<f64>,
    pub(crate) concurrent: Option<usize>,
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFields {
    name: Option<String>,
    from: Option<Span>,
    until: Option<Span>,
    flap: Option<FlapFields>,
    only: Option<Only>,
    model: Option<String>,
    every: Option<NonZeroU64>,
    probability: Option<Probability>,
    capacity: Option<CapacityFields>,
    times: Option<u64>,

    pub(super) connection: Option<ConnectionName>,
    pub(super) delay: Option<Span>,
    #[serde(default)]
    pub(super) hang: bool,
    pub(super) status: Option<Status>,
    pub(super) failure: Option<FailureName>,
    pub(super) message: Option<String>,
    pub(super) retry_after: Option<Span>,
    pub(super) body: Option<String>,
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) html: bool,
    #[serde(default)]
    pub(super) headers: Headers,
    pub(super) limit: Option<LimitFields>,
    pub(super) first_token: Option<Span>,
    pub(super) gap: Option<Span>,
    pub(super) tokens_per_second: Option<Rate>,
    pub(super) empty: Option<EmptyName>,
    pub(super) malformed: Option<PointFields>,
    pub(super) unknown: Option<PointFields>,
    pub(super) finish: Option<FinishFields>,
    pub(super) stall: Option<StallFields>,
    pub(super) error: Option<ErrorFields>,
    pub(super) cut: Option<CutFields>,
    pub(super) terminal: Option<bool>,
    pub(super) continuation: Option<ContinuationName>,
    pub(super) tail: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlapFields {
    healthy: Span,
    faulty: Span,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CapacityFields {
    per_second: Option<Rate>,
    concurrent: Option<usize>,
}

impl TryFrom<RuleFields> for Rule {
    type Error = String;

    fn try_from(fields: RuleFields) -> Result<Self, String> {
        Ok(Self {
            when: fields.when()?,
            fault: fields.fault()?,
            name: fields.name,
        })
    }
}

impl RuleFields {
    fn when(&self) -> Result<When, String> {
        let from = self.from.map_or(Duration::ZERO, |span| span.0);
        let until = self.until.map(|span| span.0);
        if until.is_some_and(|until| until <= from) {
            return Err("the rule never applies: `until` must be later than `from`".to_owned());
        }
        Ok(When {
            from,
            until,
            flap: self.flap.as_ref().map(FlapFields::read).transpose()?,
            only: self.only,
            model: self.model.clone(),
            every: self.every,
            probability: self.probability.map(|probability| probability.0),
            capacity: self
                .capacity
                .as_ref()
                .map(CapacityFields::read)
                .transpose()?,
            times: self.times,
        })
    }
}

impl FlapFields {
    fn read(&self) -> Result<Flap, String> {
        if self.faulty.0.is_zero() {
            return Err("`faulty` must be longer than 0".to_owned());
        }
        Ok(Flap {
            healthy: self.healthy.0,
            faulty: self.faulty.0,
        })
    }
}

impl CapacityFields {
    fn read(&self) -> Result<Capacity, String> {
        if self.per_second.is_none() && self.concurrent.is_none() {
            return Err("`capacity` needs `per_second`, `concurrent` or both".to_owned());
        }
        Ok(Capacity {
            per_second: self.per_second.map(|rate| rate.0),
            concurrent: self.concurrent,
        })
    }
}
