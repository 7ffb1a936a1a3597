use tower_layer::Layer;

use super::{Breaker, BreakerService};

/// Puts a target behind its breaker; see [the module](super).
#[derive(Clone)]
pub struct BreakerLayer {
    breaker: Breaker,
    alone: bool,
}

impl BreakerLayer {
    /// Makes a layer that asks `breaker` before each call. Give all stacks of the target the same one.
    pub fn new(breaker: Breaker) -> Self {
        Self {
            breaker,
            alone: false,
        }
    }

    /// Says that nobody else can take a call: a probe is then waited for like any other call. By default it is given up
    /// when it has heard nothing for as long as is too long for the target's calls, 3 seconds at least.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

impl<S> Layer<S> for BreakerLayer {
    type Service = BreakerService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        BreakerService::new(inner, self.breaker.clone(), !self.alone)
    }
}
