use std::fmt;
use std::sync::Arc;

use outlast_types::{Capabilities, Error, Price, TargetId};
use tower::util::BoxCloneSyncService;

use crate::FirstContents;
use crate::order::Vitals;

/// The service of a target whose layers are boxed away, so that targets of different make fit in one list.
pub type BoxTarget<R, T> = BoxCloneSyncService<R, T, Error>;

/// A target that may serve a request, with the facts that a choice between targets needs.
#[derive(Clone)]
#[non_exhaustive]
pub struct Candidate<S> {
    /// Who it is.
    pub target: TargetId,
    /// How it is asked.
    pub service: S,
    /// What it can do.
    pub capabilities: Capabilities,
    /// How many tokens its model holds, where known.
    pub context_tokens: Option<u64>,
    /// Who made its model, where known.
    pub vendor: Option<Arc<str>>,
    /// Its share of the calls where they are shared out by weight; 1 by default.
    pub weight: u32,
    /// What its tokens cost, where known.
    pub price: Option<Price>,
    /// How it is doing, where that is known.
    pub vitals: Option<Arc<dyn Vitals>>,
    /// How long it takes to its first content, where that is remembered.
    pub first_contents: Option<FirstContents>,
}

impl<S> Candidate<S> {
    /// Makes a candidate of which nothing else is known.
    pub fn new(target: TargetId, service: S) -> Self {
        Self {
            target,
            service,
            capabilities: Capabilities::default(),
            context_tokens: None,
            vendor: None,
            weight: 1,
            price: None,
            vitals: None,
            first_contents: None,
        }
    }

    /// Says what it can do.
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Says how many tokens its model holds.
    pub fn with_context_tokens(mut self, tokens: u64) -> Self {
        self.context_tokens = Some(tokens);
        self
    }

    /// Says who made its model.
    pub fn with_vendor(mut self, vendor: impl Into<Arc<str>>) -> Self {
        self.vendor = Some(vendor.into());
        self
    }

    /// Sets its share of the calls.
    pub fn with_weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// Says what its tokens cost.
    pub fn with_price(mut self, price: Price) -> Self {
        self.price = Some(price);
        self
    }

    /// Says who knows how it is doing.
    pub fn with_vitals(mut self, vitals: Arc<dyn Vitals>) -> Self {
        self.vitals = Some(vitals);
        self
    }

    /// Says where it is remembered how long it takes to its first content.
    pub fn with_first_contents(mut self, memory: FirstContents) -> Self {
        self.first_contents = Some(memory);
        self
    }
}

impl<S> fmt::Debug for Candidate<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("target", &self.target)
            .field("capabilities", &self.capabilities)
            .field("context_tokens", &self.context_tokens)
            .field("vendor", &self.vendor)
            .field("weight", &self.weight)
            .field("price", &self.price)
            .finish_non_exhaustive()
    }
}
