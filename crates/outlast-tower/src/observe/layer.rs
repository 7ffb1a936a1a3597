use tower_layer::Layer;

use super::ObserveService;

/// Describes each call in a tracing span; see [the module](super).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ObserveLayer;

impl ObserveLayer {
    /// Makes the layer.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = ObserveService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ObserveService::new(inner)
    }
}
