use tower_layer::Layer;

use super::{Pace, PaceService};

/// Measures how fast a target answers; see [the module](super).
#[derive(Clone, Debug)]
pub struct PaceLayer {
    pace: Pace,
}

impl PaceLayer {
    /// Makes a layer that feeds `pace`.
    pub fn new(pace: Pace) -> Self {
        Self { pace }
    }
}

impl<S> Layer<S> for PaceLayer {
    type Service = PaceService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        PaceService::new(inner, self.pace.clone())
    }
}
