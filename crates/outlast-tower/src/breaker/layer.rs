use tower_layer::Layer;

use super::{Breaker, BreakerService};

/// Puts a target behind its breaker; see [the module](super).
#[derive(Clone)]
pub struct BreakerLayer {
    breaker: Breaker,
}

impl BreakerLayer {
    /// Makes a layer that asks `breaker` before each call. Give all stacks of the target the same one.
    pub fn new(breaker: Breaker) -> Self {
        Self { breaker }
    }
}

impl<S> Layer<S> for BreakerLayer {
    type Service = BreakerService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        BreakerService::new(inner, self.breaker.clone())
    }
}
