use tower_layer::Layer;

use super::ObserveService;
use crate::Observers;

/// Describes each call in a tracing span; see [the module](super).
#[derive(Clone, Debug, Default)]
pub struct ObserveLayer {
    observers: Observers,
}

impl ObserveLayer {
    /// Makes the layer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells `observers` of the end of each call.
    pub fn with_observers(mut self, observers: Observers) -> Self {
        self.observers = observers;
        self
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = ObserveService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ObserveService::new(inner, self.observers.clone())
    }
}
