//! What a failure means: the one place where that is decided.
//!
//! A [`Classify`] turns the facts of an [`Error`] into a [`Verdict`]; every layer acts on verdicts and none looks at
//! the facts itself. [`StandardTable`] is the default, one row per [`ErrorKind`]:
//!
//! | kind | same target again | another target | target's health |
//! |---|---|---|---|
//! | `connect`, `connect_timeout` | never | at once | fault |
//! | `tls` | never | at once | hard down |
//! | `connection_lost` | backoff; never if it was not begun | yes | fault |
//! | `overloaded` | only if alone | at once | fault |
//! | `slow_down` | never | yes | throttle |
//! | `rate_limited` | after its hint, else backoff | yes | throttle |
//! | `quota_exhausted` | never | of another account | hard down |
//! | `server` | backoff | yes | fault |
//! | `conflict` | backoff | no | ok |
//! | `first_token_timeout`, `idle_timeout`, `stalled` | never | at once | fault |
//! | `unauthenticated`, `permission_denied` | never | of another account | hard down |
//! | `model_not_found`, `unsupported` | never | yes | ok |
//! | `invalid_request`, `request_too_large` | never | no | ok |
//! | `context_too_long` | never | with a larger context | ok |
//! | `content_policy` | never | no | ok |
//! | `empty_reply` | never | yes | suspect |
//! | `malformed`, `stream_broken` | never | yes | fault |
//! | `breaker_open` | never | at once | ok |
//! | `local_overload` | never | if it was one target's limit | ok |
//! | `deadline_exceeded`, `cancelled`, `unknown_model` | never | no | ok |
//! | `internal` | never | yes | ok |
//!
//! A provider that says "do not retry" is believed about itself only: it forbids the same target, not another.
//!
//! # Examples
//!
//! A policy of one's own changes the rows it cares about and leaves the rest:
//!
//! ```
//! use outlast_tower::classify::{Classify, Failover, StandardTable, Verdict};
//! use outlast_types::{Error, ErrorKind};
//!
//! /// Routes around content-policy refusals.
//! struct Bold;
//!
//! impl Classify for Bold {
//!     fn verdict(&self, error: &Error) -> Verdict {
//!         let verdict = StandardTable.verdict(error);
//!         match error.kind() {
//!             ErrorKind::ContentPolicy => Verdict { failover: Failover::Yes, ..verdict },
//!             _ => verdict,
//!         }
//!     }
//! }
//!
//! let refusal = Error::new(ErrorKind::ContentPolicy);
//! assert_eq!(StandardTable.verdict(&refusal).failover, Failover::No);
//! assert_eq!(Bold.verdict(&refusal).failover, Failover::Yes);
//! ```

use std::time::Duration;

use outlast_types::{Error, ErrorKind, Sent};

/// Says what a failure means.
pub trait Classify: Send + Sync + 'static {
    /// Judges `error`.
    fn verdict(&self, error: &Error) -> Verdict;
}

/// What a failure means for the request, for the target and for the bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the same target may be asked again.
    pub retry: Retry,
    /// Whether another target may be asked.
    pub failover: Failover,
    /// What it says about the target.
    pub health: Health,
    /// Whether the attempt may have to be paid for.
    pub billed: Billed,
}

/// Whether the same target may be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// No.
    Never,
    /// After a random wait.
    Backoff,
    /// After a random wait, but only where there is no other target to go to.
    BackoffIfAlone,
    /// Once this time has passed, and not sooner.
    After(Duration),
}

/// Whether another target may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failover {
    /// Any other.
    Yes,
    /// None: the answer would be the same.
    No,
    /// One that differs in this.
    OnlyIf(Difference),
}

/// What must be different about another target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// It holds more tokens.
    LargerContext,
    /// It is paid for by another account.
    OtherAccount,
    /// It belongs to another vendor.
    OtherVendor,
}

/// What a failure says about the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nothing.
    Ok,
    /// It failed.
    Fault,
    /// It may have failed: half a fault.
    Suspect,
    /// It works, but wants less.
    Throttle,
    /// It will not work until somebody has done something: money, a key, a certificate.
    HardDown,
}

/// Whether an attempt may have to be paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billed {
    /// No.
    No,
    /// Perhaps: the provider had the request.
    Maybe,
    /// Yes.
    Yes,
}

/// The default policy: the table at the top of [this module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardTable;

impl Classify for StandardTable {
    fn verdict(&self, error: &Error) -> Verdict {
        let (retry, failover, health) = row(error);
        let retry = if error.should_retry() == Some(false) {
            Retry::Never
        } else {
            retry
        };
        Verdict {
            retry,
            failover,
            health,
            billed: billed(error),
        }
    }
}

fn row(error: &Error) -> (Retry, Failover, Health) {
    use ErrorKind as Kind;
    match error.kind() {
        Kind::Connect | Kind::ConnectTimeout => (Retry::Never, Failover::Yes, Health::Fault),
        Kind::Tls => (Retry::Never, Failover::Yes, Health::HardDown),
        // The transport has asked again already where the provider had not begun.
        Kind::ConnectionLost if error.sent() == Sent::No => {
            (Retry::Never, Failover::Yes, Health::Fault)
        }
        Kind::ConnectionLost | Kind::Server => (Retry::Backoff, Failover::Yes, Health::Fault),
        Kind::Overloaded => (Retry::BackoffIfAlone, Failover::Yes, Health::Fault),
        Kind::SlowDown => (Retry::Never, Failover::Yes, Health::Throttle),
        Kind::RateLimited => {
            let retry = error.retry_after().map_or(Retry::Backoff, Retry::After);
            (retry, Failover::Yes, Health::Throttle)
        }
        Kind::QuotaExhausted | Kind::Unauthenticated | Kind::PermissionDenied => (
            Retry::Never,
            Failover::OnlyIf(Difference::OtherAccount),
            Health::HardDown,
        ),
        Kind::Conflict => (Retry::Backoff, Failover::No, Health::Ok),
        Kind::FirstTokenTimeout | Kind::IdleTimeout | Kind::Stalled => {
            (Retry::Never, Failover::Yes, Health::Fault)
        }
        Kind::ModelNotFound | Kind::Unsupported => (Retry::Never, Failover::Yes, Health::Ok),
        Kind::InvalidRequest | Kind::RequestTooLarge => (Retry::Never, Failover::No, Health::Ok),
        Kind::ContextTooLong => (
            Retry::Never,
            Failover::OnlyIf(Difference::LargerContext),
            Health::Ok,
        ),
        Kind::ContentPolicy => (Retry::Never, Failover::No, Health::Ok),
        Kind::EmptyReply => (Retry::Never, Failover::Yes, Health::Suspect),
        Kind::Malformed | Kind::StreamBroken => (Retry::Never, Failover::Yes, Health::Fault),
        Kind::BreakerOpen => (Retry::Never, Failover::Yes, Health::Ok),
        // With a target it is that target's own limit; without one it is this process that is full.
        Kind::LocalOverload if error.target().is_some() => {
            (Retry::Never, Failover::Yes, Health::Ok)
        }
        Kind::LocalOverload | Kind::DeadlineExceeded | Kind::Cancelled | Kind::UnknownModel => {
            (Retry::Never, Failover::No, Health::Ok)
        }
        _ => (Retry::Never, Failover::Yes, Health::Ok),
    }
}

fn billed(error: &Error) -> Billed {
    use ErrorKind as Kind;
    match error.kind() {
        _ if error.sent() == Sent::No => Billed::No,
        // Silence and cuts may hide work that was done.
        Kind::ConnectionLost | Kind::FirstTokenTimeout | Kind::IdleTimeout | Kind::Stalled => {
            Billed::Maybe
        }
        Kind::StreamBroken | Kind::Malformed | Kind::EmptyReply => Billed::Maybe,
        Kind::Cancelled | Kind::DeadlineExceeded => Billed::Maybe,
        // A provider that says no does not charge for it.
        _ => Billed::No,
    }
}

#[cfg(test)]
mod tests {
    use outlast_types::TargetId;

    use super::*;

    #[test]
    fn a_provider_s_do_not_retry_forbids_the_same_target_only() {
        let error = Error::new(ErrorKind::Server).with_should_retry(Some(false));
        let verdict = StandardTable.verdict(&error);
        assert_eq!(
            (verdict.retry, verdict.failover),
            (Retry::Never, Failover::Yes)
        );
    }

    #[test]
    fn a_rate_limit_waits_for_exactly_its_hint() {
        let wait = Duration::from_secs(2);
        let error = Error::new(ErrorKind::RateLimited).with_retry_after(Some(wait));
        assert_eq!(StandardTable.verdict(&error).retry, Retry::After(wait));
        assert_eq!(StandardTable.verdict(&error).health, Health::Throttle);
    }

    #[test]
    fn a_full_target_is_passed_over_but_a_full_process_is_not() {
        let full = Error::new(ErrorKind::LocalOverload);
        assert_eq!(StandardTable.verdict(&full).failover, Failover::No);
        let full_target = full.with_target(TargetId::new("a", "m"));
        assert_eq!(StandardTable.verdict(&full_target).failover, Failover::Yes);
    }

    #[test]
    fn only_an_attempt_that_reached_the_provider_may_be_billed() {
        let check = |error: Error, billed| assert_eq!(StandardTable.verdict(&error).billed, billed);
        check(Error::new(ErrorKind::Connect), Billed::No);
        check(
            Error::new(ErrorKind::ConnectionLost).with_sent(Sent::Maybe),
            Billed::Maybe,
        );
        check(
            Error::new(ErrorKind::Server).with_sent(Sent::Yes),
            Billed::No,
        );
    }
}
