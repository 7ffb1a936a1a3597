use std::time::Duration;

use tower_layer::Layer;

use super::CommitService;
use super::limits::Limits;

/// Waits for a reply's first content under a time limit; see [the module](super).
#[derive(Clone, Copy, Debug, Default)]
pub struct CommitLayer {
    limits: Limits,
}

impl CommitLayer {
    /// Makes a layer with the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the time from the call to a stream's first content. By default 20 s.
    pub fn with_first_token(mut self, limit: Duration) -> Self {
        self.limits.first_token = limit;
        self
    }

    /// Limits the time from the call to the end of a unary reply. By default 120 s.
    pub fn with_whole_reply(mut self, limit: Duration) -> Self {
        self.limits.whole_reply = limit;
        self
    }

    /// Sets how much time must be left until the call's deadline for an attempt to be begun. By default 100 ms.
    pub fn with_least_time(mut self, least: Duration) -> Self {
        self.limits.least_time = least;
        self
    }
}

impl<S> Layer<S> for CommitLayer {
    type Service = CommitService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CommitService::new(inner, self.limits)
    }
}
