//! How hard a call is tried, and for how long.

mod first_token;
mod hedging;

pub use self::first_token::FirstToken;
pub use self::hedging::Hedging;

use std::time::Duration;

use outlast_tower::{BreakerConfig, ResumeMode};
use outlast_types::OnUnsupported;

/// How hard a call is tried, and for how long.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use outlast::{Policy, Timeouts};
///
/// let impatient = Policy::default()
///     .with_attempts(1)
///     .with_timeout(Timeouts::default().with_first_token(Duration::from_secs(5)));
/// assert_eq!(impatient.calls, 4);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// The most calls to one target for one request, at least 1; 2 by default.
    pub attempts: u32,
    /// The most calls to all targets together for one request, at least 1; 4 by default.
    pub calls: usize,
    /// How long a request waits for a preferred target that says when it will be back, or for one quick retry, before it
    /// goes to the next; 3 seconds by default.
    pub patience: Duration,
    /// The time limits.
    pub timeout: Timeouts,
    /// Whether a second target is asked beside one that is slow; off by default.
    pub hedge: Hedging,
    /// What becomes of a stream that breaks after its beginning has reached the caller; a text is continued by default.
    pub resume: ResumeMode,
    /// What becomes of what a target's protocol cannot carry: it is left out and noted in the ledger by default. A request
    /// may say otherwise.
    pub on_unsupported: OnUnsupported,
    /// The most calls under way at one target at once, at least 1; beyond it the next target is asked. 1,024 by default.
    /// It belongs to the target: routes share it.
    pub in_flight: usize,
    /// The most calls that wait for one of those under way at a target to end, where it has as many as
    /// [`in_flight`](Policy::in_flight) allows; none by default, so that the next target is asked at once. It belongs to the
    /// target, too.
    pub queue: usize,
    /// How long a call waits in that queue, never past its deadline, before the next target is asked; 1 second by default.
    pub max_wait: Duration,
    /// When a target that fails is left alone, and how it gets its traffic back. It belongs to the target: routes share
    /// it.
    pub breaker: BreakerConfig,
}

/// The time limits of a call. None is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection to be made, name lookup and TLS included; 5 seconds by default. It belongs to the transport that
    /// a configuration makes; an account with a transport of its own has that one's.
    pub connect: Duration,
    /// For the first content of a stream; by what the target usually takes by default.
    pub first_token: FirstToken,
    /// Between two signs of life of a stream, pings included; 30 seconds by default.
    pub idle: Duration,
    /// Between two pieces of content of a stream, pings not counted; 90 seconds by default.
    pub progress: Duration,
    /// For the whole reply of one target to a unary call; 120 seconds by default.
    pub reply: Duration,
    /// For the whole call, every attempt, every wait and the whole stream included; 5 minutes by default.
    pub total: Duration,
}

impl Policy {
    /// Sets [`Policy::attempts`].
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets [`Policy::calls`].
    pub fn with_calls(mut self, calls: usize) -> Self {
        self.calls = calls;
        self
    }

    /// Sets [`Policy::patience`].
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets [`Policy::timeout`].
    pub fn with_timeout(mut self, timeout: Timeouts) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets [`Policy::hedge`].
    pub fn with_hedge(mut self, hedge: Hedging) -> Self {
        self.hedge = hedge;
        self
    }

    /// Sets [`Policy::resume`].
    pub fn with_resume(mut self, resume: ResumeMode) -> Self {
        self.resume = resume;
        self
    }

    /// Sets [`Policy::on_unsupported`].
    pub fn with_on_unsupported(mut self, way: OnUnsupported) -> Self {
        self.on_unsupported = way;
        self
    }

    /// Sets [`Policy::in_flight`].
    pub fn with_in_flight(mut self, in_flight: usize) -> Self {
        self.in_flight = in_flight;
        self
    }

    /// Sets [`Policy::queue`] and [`Policy::max_wait`].
    pub fn with_queue(mut self, calls: usize, max_wait: Duration) -> Self {
        self.queue = calls;
        self.max_wait = max_wait;
        self
    }

    /// Sets [`Policy::breaker`].
    pub fn with_breaker(mut self, breaker: BreakerConfig) -> Self {
        self.breaker = breaker;
        self
    }

    /// Names the first setting that would let nothing through.
    pub(crate) fn zero(&self) -> Option<&'static str> {
        let settings = [
            ("attempts", self.attempts == 0),
            ("calls", self.calls == 0),
            ("in_flight", self.in_flight == 0),
            ("max_wait", self.queue > 0 && self.max_wait.is_zero()),
            ("timeout.connect", self.timeout.connect.is_zero()),
            ("timeout.first_token", self.timeout.first_token.is_zero()),
            ("timeout.idle", self.timeout.idle.is_zero()),
            ("timeout.progress", self.timeout.progress.is_zero()),
            ("timeout.reply", self.timeout.reply.is_zero()),
            ("timeout.total", self.timeout.total.is_zero()),
        ];
        let zero = settings.into_iter().find(|(_, is_zero)| *is_zero);
        zero.map(|(name, _)| name)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 2,
            calls: 4,
            patience: Duration::from_secs(3),
            timeout: Timeouts::default(),
            hedge: Hedging::default(),
            resume: ResumeMode::Text,
            on_unsupported: OnUnsupported::default(),
            in_flight: 1024,
            queue: 0,
            max_wait: Duration::from_secs(1),
            breaker: BreakerConfig::default(),
        }
    }
}

impl Timeouts {
    /// Sets [`Timeouts::connect`].
    pub fn with_connect(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// Sets [`Timeouts::first_token`].
    pub fn with_first_token(mut self, limit: impl Into<FirstToken>) -> Self {
        self.first_token = limit.into();
        self
    }

    /// Sets [`Timeouts::idle`].
    pub fn with_idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }

    /// Sets [`Timeouts::progress`].
    pub fn with_progress(mut self, limit: Duration) -> Self {
        self.progress = limit;
        self
    }

    /// Sets [`Timeouts::reply`].
    pub fn with_reply(mut self, limit: Duration) -> Self {
        self.reply = limit;
        self
    }

    /// Sets [`Timeouts::total`].
    pub fn with_total(mut self, limit: Duration) -> Self {
        self.total = limit;
        self
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_token: FirstToken::Auto,
            idle: Duration::from_secs(30),
            progress: Duration::from_secs(90),
            reply: Duration::from_secs(120),
            total: Duration::from_secs(300),
        }
    }
}
