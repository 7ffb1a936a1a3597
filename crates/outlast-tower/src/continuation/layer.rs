use outlast_types::Capabilities;
use tower_layer::Layer;

use super::ContinuationService;

/// Asks a target to go on after the beginning of an answer; see [the module](super).
#[derive(Clone, Copy, Debug)]
pub struct ContinuationLayer {
    capabilities: Capabilities,
    max_calls: usize,
}

impl ContinuationLayer {
    /// Makes a layer for a target with these `capabilities`.
    pub fn new(capabilities: Capabilities) -> Self {
        Self {
            capabilities,
            max_calls: 4,
        }
    }

    /// Limits the upstream calls of one request, to whatever target: beyond it a refused prefill is not followed by a
    /// second call. 4 by default.
    pub fn with_max_calls(mut self, calls: usize) -> Self {
        self.max_calls = calls;
        self
    }
}

impl<S> Layer<S> for ContinuationLayer {
    type Service = ContinuationService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ContinuationService::new(inner, self.capabilities.prefill, self.max_calls)
    }
}
