use outlast_types::TargetId;
use tower_layer::Layer;

use super::AttemptService;

/// Notes each call to a target in the call's ledger; see [the module](super).
#[derive(Clone, Debug)]
pub struct AttemptLayer {
    target: TargetId,
}

impl AttemptLayer {
    /// Makes a layer that notes calls to `target`.
    pub fn new(target: TargetId) -> Self {
        Self { target }
    }
}

impl<S> Layer<S> for AttemptLayer {
    type Service = AttemptService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AttemptService::new(inner, self.target.clone())
    }
}
