use outlast_types::TargetId;
use tower_layer::Layer;

use super::{InFlight, InFlightService};

/// Limits the calls under way to a target; see [the module](super).
#[derive(Clone, Debug)]
pub struct InFlightLayer {
    in_flight: InFlight,
    target: TargetId,
}

impl InFlightLayer {
    /// Makes a layer that counts calls to `target` against `in_flight`.
    pub fn new(in_flight: InFlight, target: TargetId) -> Self {
        Self { in_flight, target }
    }
}

impl<S> Layer<S> for InFlightLayer {
    type Service = InFlightService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        InFlightService::new(inner, self.in_flight.clone(), self.target.clone())
    }
}
