use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Lets one call through an open breaker, as a value in `context.extensions`.
///
/// [`Fallback`](crate::Fallback) sets it when nobody is left: an answer beats a refusal. It is used up by the first
/// breaker that honours it, so that a retry of the call meets a closed door again. What comes of the call counts as a
/// probe's evidence. It overrules neither an operator nor a provider that asked to be left alone.
#[derive(Clone, Debug)]
pub struct AskAnyway(Arc<AtomicBool>);

impl AskAnyway {
    /// Makes leave for one call; clones share it.
    pub fn once() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}
