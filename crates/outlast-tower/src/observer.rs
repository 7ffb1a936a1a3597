//! What the stack tells whoever wants to know.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use outlast_types::{ErrorKind, Mode, Sent, TargetId};

/// Something that happened in the stack and is worth a log line, a metric or an alert.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StackEvent {
    /// The same target is about to be asked again.
    Retrying {
        /// The target.
        target: TargetId,
        /// What the attempt before failed with.
        kind: ErrorKind,
        /// How long it is waited first.
        wait: Duration,
    },
    /// A target failed or was passed over, and the next is about to be asked.
    FailedOver {
        /// The target that failed.
        from: TargetId,
        /// The target that is asked next.
        to: TargetId,
        /// What the first failed with.
        kind: ErrorKind,
    },
    /// A target is slower than usual, and another is about to be asked beside it.
    Hedged {
        /// The target that is slow.
        from: TargetId,
        /// The target that is asked, too.
        to: TargetId,
    },
    /// A breaker changed its state.
    BreakerChanged {
        /// The target.
        target: TargetId,
        /// The state before, in snake case.
        from: &'static str,
        /// The state now, in snake case.
        to: &'static str,
        /// What brought it about; `None` if it was time or success.
        cause: Option<Cause>,
        /// How long it is until a call may be let through as a probe; `None` if none is needed or allowed.
        next_probe: Option<Duration>,
    },
    /// A call to a target failed in a way that says something about the target.
    Failed {
        /// The target.
        target: TargetId,
        /// What it failed with.
        kind: ErrorKind,
        /// Whether the request had reached the provider.
        sent: Sent,
        /// The provider's own id of the call, where it gave one; what it says is the provider's.
        request_id: Option<Arc<str>>,
    },
    /// A call is over for its caller; a stream at its end.
    Ended {
        /// Whether it was a stream.
        mode: Mode,
        /// Who gave the reply, or began to.
        served_by: Option<TargetId>,
        /// How it ended.
        end: CallEnd,
        /// How many upstream calls were made for it.
        calls: usize,
    },
    /// A stream broke after its beginning had reached the caller, and another target continues it.
    Resumed {
        /// The target whose stream broke.
        from: TargetId,
        /// The target that continues it.
        to: TargetId,
        /// What the first failed with.
        kind: ErrorKind,
        /// How many bytes of text the caller already had.
        offset: usize,
    },
}

/// What made a breaker change its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Too many failures; the last was of this kind.
    Failures(ErrorKind),
    /// A failure that no patience mends: the key, the money or the identity.
    Refused(ErrorKind),
    /// The target hangs.
    Stalled,
    /// An operator's order.
    Ordered,
}

/// How a call ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnd {
    /// With a whole reply.
    Complete,
    /// With an error.
    Failed(ErrorKind),
    /// The caller went away.
    Abandoned,
}

/// Watches the stack. It must not block: it is called on the way of a request.
///
/// Closures are observers.
///
/// ```
/// use outlast_tower::{Observers, StackEvent};
///
/// let observers = Observers::default().with(|event: &StackEvent| println!("{event:?}"));
/// # let _ = observers;
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Learns of `event`.
    fn on_event(&self, event: &StackEvent);
}

impl<F> Observer for F
where
    F: Fn(&StackEvent) + Send + Sync + 'static,
{
    fn on_event(&self, event: &StackEvent) {
        self(event);
    }
}

/// The observers of a stack; none by default. Cloning it copies a pointer.
#[derive(Clone, Default)]
pub struct Observers(Option<Arc<Vec<Arc<dyn Observer>>>>);

impl Observers {
    /// Adds an observer.
    pub fn with(self, observer: impl Observer) -> Self {
        let mut list = self.0.map(Arc::unwrap_or_clone).unwrap_or_default();
        list.push(Arc::new(observer));
        Self(Some(Arc::new(list)))
    }

    /// Tells whether there is no observer.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Tells all observers; the event is only made if there is one.
    pub fn notify(&self, event: impl FnOnce() -> StackEvent) {
        if let Some(list) = &self.0 {
            let event = event();
            list.iter().for_each(|observer| observer.on_event(&event));
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.as_ref().map_or(0, |list| list.len());
        write!(f, "Observers({count})")
    }
}
