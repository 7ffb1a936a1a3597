use std::time::Duration;

use tower_layer::Layer;

use super::DeadlineService;

/// Gives each call a total time; see [the module](super).
#[derive(Clone, Copy, Debug)]
pub struct DeadlineLayer {
    total: Duration,
}

impl DeadlineLayer {
    /// Makes a layer that gives each call `total`.
    pub fn new(total: Duration) -> Self {
        Self { total }
    }
}

impl Default for DeadlineLayer {
    /// Makes a layer that gives each call 5 min.
    fn default() -> Self {
        Self::new(Duration::from_secs(5 * 60))
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = DeadlineService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        DeadlineService::new(inner, self.total)
    }
}
