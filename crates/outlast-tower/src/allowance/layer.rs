use outlast_types::TargetId;
use tower_layer::Layer;

use super::{Allowance, AllowanceService};

/// Keeps the calls to a target within its limits; see [the module](super).
#[derive(Clone, Debug)]
pub struct AllowanceLayer {
    allowance: Allowance,
    target: TargetId,
}

impl AllowanceLayer {
    /// Makes a layer that takes calls to `target` from `allowance`.
    pub fn new(allowance: Allowance, target: TargetId) -> Self {
        Self { allowance, target }
    }
}

impl<S> Layer<S> for AllowanceLayer {
    type Service = AllowanceService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AllowanceService::new(inner, self.allowance.clone(), self.target.clone())
    }
}
