//! How a route chooses among its targets, and what is known of a target for that.

use std::sync::Arc;

use outlast_providers::Target;
use outlast_tower::{Allowance, AllowanceConfig, InFlight, Pace, Sticky, Strategy, Vitals};
use outlast_types::{ErrorKind, Mode, Need, Needs, Price, TargetId};

/// How a route chooses among its targets; see [`ClientBuilder::routing`](crate::ClientBuilder::routing).
///
/// # Examples
///
/// ```
/// use outlast::tower::{Sticky, Strategy};
/// use outlast::{Routing, TargetId};
///
/// let routing = Routing::new(Strategy::Weighted)
///     .with_weight(TargetId::new("anthropic", "claude-sonnet-4-5"), 3)
///     .with_sticky(Sticky::Prompt);
/// # let _ = routing;
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Routing {
    /// How the targets are put in order for each call; as they are listed by default.
    pub strategy: Strategy,
    /// What calls have in common that go to the same target, so that they meet its prompt cache; nothing by default.
    pub sticky: Sticky,
    /// The shares of targets where calls are shared out by weight; 1 for those that are not named.
    pub weights: Vec<(TargetId, u32)>,
    /// Who is asked next after a failure of this kind.
    pub detours: Vec<(ErrorKind, Vec<Target>)>,
    /// How many targets stand before the others whatever the strategy says; it orders the two groups apart. 0 by default:
    /// there is one group.
    pub leading: usize,
}

impl Routing {
    /// Chooses by `strategy`.
    pub fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            ..Self::default()
        }
    }

    /// Sets [`Routing::sticky`].
    pub fn with_sticky(mut self, sticky: Sticky) -> Self {
        self.sticky = sticky;
        self
    }

    /// Sets the share of one target; with 0 it is a fallback only.
    pub fn with_weight(mut self, target: TargetId, weight: u32) -> Self {
        self.weights.push((target, weight));
        self
    }

    /// Asks `targets` next after a failure of this kind, before the others of the route. After a failure that is the same
    /// everywhere, such as a refusal ([`ErrorKind::ContentPolicy`]), nobody but these is asked. They belong to chats only.
    pub fn with_detour(
        mut self,
        kind: ErrorKind,
        targets: impl IntoIterator<Item = Target>,
    ) -> Self {
        self.detours.push((kind, targets.into_iter().collect()));
        self
    }

    /// Sets [`Routing::leading`].
    pub fn with_leading(mut self, count: usize) -> Self {
        self.leading = count;
        self
    }

    pub(crate) fn weight(&self, target: &TargetId) -> u32 {
        let mut weights = self.weights.iter();
        weights
            .find(|(other, _)| other == target)
            .map_or(1, |(_, weight)| *weight)
    }
}

/// What is known of a target, for the choice between it and others. What is not known is tried.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TargetFacts {
    /// What its tokens cost.
    pub price: Option<Price>,
    /// How many tokens its model holds. A prompt that is surely longer is not sent to it.
    pub context_tokens: Option<u64>,
    /// Who made its model.
    pub vendor: Option<Arc<str>>,
    /// What it cannot do. A request that needs it is not sent to it.
    pub lacks: Needs,
    /// How many requests and tokens a minute its account allows it. A call beyond that goes to the next target, or waits
    /// where there is none; what the provider itself tells of its limits is heeded without it.
    pub allowance: AllowanceConfig,
}

impl TargetFacts {
    /// Sets [`TargetFacts::price`].
    pub fn with_price(mut self, price: Price) -> Self {
        self.price = Some(price);
        self
    }

    /// Sets [`TargetFacts::context_tokens`].
    pub fn with_context_tokens(mut self, tokens: u64) -> Self {
        self.context_tokens = Some(tokens);
        self
    }

    /// Sets [`TargetFacts::vendor`].
    pub fn with_vendor(mut self, vendor: impl Into<Arc<str>>) -> Self {
        self.vendor = Some(vendor.into());
        self
    }

    /// Sets [`TargetFacts::allowance`].
    pub fn with_allowance(mut self, allowance: AllowanceConfig) -> Self {
        self.allowance = allowance;
        self
    }

    /// Says that it lacks something.
    pub fn without(mut self, need: Need) -> Self {
        self.lacks = self.lacks.with(need);
        self
    }
}

/// How a target is doing, read from what its stacks share.
pub(crate) struct TargetVitals {
    pub(crate) in_flight: InFlight,
    pub(crate) allowance: Allowance,
    /// Only there if a route asks for it.
    pub(crate) pace: Option<Pace>,
}

impl Vitals for TargetVitals {
    fn first_token(&self, mode: Mode, now: std::time::Instant) -> Option<std::time::Duration> {
        self.pace.as_ref()?.first_token(mode, now)
    }

    fn under_way(&self) -> Option<usize> {
        Some(self.in_flight.under_way())
    }

    fn headroom(&self, _now: std::time::Instant) -> Option<f64> {
        self.allowance.headroom()
    }
}
