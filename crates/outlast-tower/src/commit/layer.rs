use std::time::Duration;

use tower_layer::Layer;

use super::CommitService;
use super::limits::Limits;
use crate::FirstContents;

/// Waits for a reply's first content under a time limit; see [the module](super).
#[derive(Clone, Debug, Default)]
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
        self.limits.first_token = Some(limit);
        self
    }

    /// Limits the time to a stream's first content by what `memory` has seen of the target
    /// ([`FirstContents::limit`]) instead of by a fixed time.
    pub fn with_learned_first_token(self, memory: FirstContents) -> Self {
        let mut layer = self.with_memory(memory);
        layer.limits.first_token = None;
        layer
    }

    /// Notes in `memory` how long the target takes, and gives up in time for other targets: of the time until the call's
    /// deadline it leaves them what the context reserves, as far as the target is not usually slower than that.
    pub fn with_memory(mut self, memory: FirstContents) -> Self {
        self.limits.memory = Some(memory);
        self
    }

    /// Limits the time from the call to the end of a unary reply. By default 120 s.
    pub fn with_whole_reply(mut self, limit: Duration) -> Self {
        self.limits.whole_reply = limit;
        self
    }

    /// Sets how much time must be left until the call's deadline for an attempt to be begun. By default 100 ms. An
    /// attempt after the first needs 1 s, or half of what the target's calls take if that is more, where they are
    /// remembered.
    pub fn with_least_time(mut self, least: Duration) -> Self {
        self.limits.least_time = least;
        self
    }
}

impl<S> Layer<S> for CommitLayer {
    type Service = CommitService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CommitService::new(inner, self.limits.clone())
    }
}
