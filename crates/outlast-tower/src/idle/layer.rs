use std::time::Duration;

use tower_layer::Layer;

use super::IdleService;
use super::clock::Limits;

/// Ends a stream that stands still; see [the module](super).
#[derive(Clone, Copy, Debug, Default)]
pub struct IdleLayer {
    limits: Limits,
}

impl IdleLayer {
    /// Makes a layer with the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the wait for any event, pings included. By default 30 s.
    pub fn with_idle(mut self, limit: Duration) -> Self {
        self.limits.idle = limit;
        self
    }

    /// Limits the wait for content, which pings do not shorten. By default 90 s.
    pub fn with_progress_idle(mut self, limit: Duration) -> Self {
        self.limits.progress_idle = limit;
        self
    }
}

impl<S> Layer<S> for IdleLayer {
    type Service = IdleService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        IdleService::new(inner, self.limits)
    }
}
