//! Where alerts go.
//!
//! | sink | speaks |
//! |---|---|
//! | [`Slack`] | an incoming webhook, with blocks |
//! | [`PagerDuty`] | Events API v2: `trigger` and `resolve` with the incident's id as `dedup_key` |
//! | [`Webhook`] | JSON, signed as [Standard Webhooks](https://www.standardwebhooks.com) says |
//! | `Email` (feature `email`) | SMTP |
//!
//! Those over HTTP take any tower service as their transport ([`transport`]). A sink delivers one alert, once: queueing,
//! retries and time limits are the courier's, one background task per sink:
//!
//! - at most 100 alerts wait; the oldest is dropped for a new one, and counted;
//! - an alert is tried up to 4 times with growing, random waits (about 1, 2 and 4 seconds, or what the receiver says), each
//!   try for 10 seconds at most; then the sink rests for a minute and the same alert is tried again, for an hour in all;
//! - an alert that the receiver will never take (a wrong key, say) is dropped and counted at once;
//! - the same alert is never queued twice.
//!
//! Whatever a sink does, no request waits for it.

mod courier;
mod http;
mod pagerduty;
mod slack;
mod spool;
mod webhook;

#[cfg(feature = "email")]
mod email;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub(crate) use self::courier::Courier;
#[cfg(feature = "email")]
pub use self::email::{Email, EmailError};
pub use self::http::{Transport, transport};
pub use self::pagerduty::PagerDuty;
pub use self::slack::Slack;
pub use self::spool::SinkStatus;
pub use self::webhook::Webhook;
use crate::Alert;

/// Takes alerts to people.
///
/// # Examples
///
/// ```
/// use std::future::ready;
/// use futures_util::future::BoxFuture;
/// use outlast_monitor::{Alert, Sink, Undelivered};
///
/// /// Writes alerts to the standard error.
/// struct Stderr;
///
/// impl Sink for Stderr {
///     fn deliver(&self, alert: &Alert) -> BoxFuture<'static, Result<(), Undelivered>> {
///         eprintln!("{}", alert.title());
///         Box::pin(ready(Ok(())))
///     }
/// }
/// ```
pub trait Sink: Send + Sync + 'static {
    /// Delivers one alert, in one try.
    fn deliver(&self, alert: &Alert) -> BoxFuture<'static, Result<(), Undelivered>>;
}

/// Says why an alert could not be delivered. It never shows a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    why: String,
    again: bool,
    after: Option<Duration>,
}

impl Undelivered {
    /// Says that it may go better another time.
    pub fn for_now(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            again: true,
            after: None,
        }
    }

    /// Says that this alert will never be taken.
    pub fn for_good(why: impl Into<String>) -> Self {
        Self {
            again: false,
            ..Self::for_now(why)
        }
    }

    /// Says when the receiver wants to be asked again at the earliest; a minute at most is believed.
    pub fn after(mut self, wait: Option<Duration>) -> Self {
        self.after = wait;
        self
    }

    /// Tells whether another try may go better.
    pub fn may_go_better(&self) -> bool {
        self.again
    }

    pub(crate) fn wait(&self) -> Option<Duration> {
        self.after
    }
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Undelivered {}
