use outlast_types::Capabilities;
use tower_layer::Layer;

use super::ContinuationService;

/// Asks a target to go on after the beginning of an answer; see [the module](super).
#[derive(Clone, Copy, Debug)]
pub struct ContinuationLayer {
    capabilities: Capabilities,
}

impl ContinuationLayer {
    /// Makes a layer for a target with these `capabilities`.
    pub fn new(capabilities: Capabilities) -> Self {
        Self { capabilities }
    }
}

impl<S> Layer<S> for ContinuationLayer {
    type Service = ContinuationService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ContinuationService::new(inner)
    }
}
