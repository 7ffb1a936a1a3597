//! When a token is used, when it is renewed, and when it is given up: a state machine without a clock.

use std::time::{Duration, SystemTime};

use super::Token;

/// A token is not used in its last seconds: it must live until the provider has read the request.
const MARGIN: Duration = Duration::from_secs(15);

/// A token is renewed this long before it expires, or in the last quarter of its life if that is later.
const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);

/// How long after a renewal the next one may begin, whatever became of it. Some issuers hand out the old token until
/// shortly before it expires.
const RENEW_PAUSE: Duration = Duration::from_secs(30);

/// A token that was refused is dropped unless it is younger than this: whoever refuses a fresh one would refuse the
/// next one too.
const FRESH: Duration = Duration::from_secs(30);

/// The token of an account over time.
#[derive(Debug, Default)]
pub(super) struct Lifetime(Option<Held>);

#[derive(Debug)]
struct Held {
    token: Token,
    fetched: SystemTime,
    /// When to begin to renew it; `None` if it does not expire.
    renew: Option<SystemTime>,
}

impl Lifetime {
    /// Returns the token if it can be used.
    pub(super) fn token(&self, now: SystemTime) -> Option<&Token> {
        let token = &self.0.as_ref()?.token;
        let is_valid = token.expiry.is_none_or(|expiry| now + MARGIN < expiry);
        is_valid.then_some(token)
    }

    /// Tells whether it is time to renew the token.
    pub(super) fn is_due(&self, now: SystemTime) -> bool {
        let renew = self.0.as_ref().and_then(|held| held.renew);
        renew.is_some_and(|renew| renew <= now)
    }

    /// Takes a token that was fetched.
    pub(super) fn fetched(&mut self, token: Token, now: SystemTime) {
        let renew = token.expiry.map(|expiry| {
            let left = expiry.duration_since(now).unwrap_or_default();
            let before = RENEW_BEFORE.min(left / 4);
            (now + left - before).max(now + RENEW_PAUSE)
        });
        self.0 = Some(Held {
            token,
            fetched: now,
            renew,
        });
    }

    /// Hears that no token could be fetched.
    pub(super) fn failed(&mut self, now: SystemTime) {
        if let Some(held) = &mut self.0 {
            held.renew = held.renew.map(|_| now + RENEW_PAUSE);
        }
    }

    /// Hears that the provider refused the token.
    pub(super) fn refused(&mut self, now: SystemTime) {
        // A clock that was set back makes a token young, not old.
        let age = |held: &Held| now.duration_since(held.fetched).unwrap_or_default();
        if self.0.as_ref().is_some_and(|held| age(held) >= FRESH) {
            self.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// A token that was fetched at 0 and lives for `seconds`.
    fn living(seconds: u64) -> Lifetime {
        let mut lifetime = Lifetime::default();
        lifetime.fetched(Token::new("t").unwrap().with_expiry(at(seconds)), at(0));
        lifetime
    }

    #[test]
    fn a_token_is_used_until_shortly_before_it_expires() {
        let lifetime = living(3600);
        assert!(lifetime.token(at(3584)).is_some());
        assert!(lifetime.token(at(3585)).is_none());
        assert!(Lifetime::default().token(at(0)).is_none());
    }

    #[test]
    fn a_long_token_is_renewed_minutes_before_and_a_short_one_in_its_last_quarter() {
        let check = |seconds, due| {
            assert!(!living(seconds).is_due(at(due - 1)), "{seconds}");
            assert!(living(seconds).is_due(at(due)), "{seconds}");
        };
        check(3600, 3300);
        check(400, 300);
        check(20, 30);
    }

    #[test]
    fn a_token_without_an_end_is_never_renewed() {
        let mut lifetime = Lifetime::default();
        lifetime.fetched(Token::new("t").unwrap(), at(0));
        assert!(lifetime.token(at(u32::MAX.into())).is_some());
        assert!(!lifetime.is_due(at(u32::MAX.into())));
    }

    #[test]
    fn after_a_failed_renewal_the_old_token_is_kept_and_the_next_try_waits() {
        let mut lifetime = living(3600);
        lifetime.failed(at(3300));
        assert!(lifetime.token(at(3301)).is_some());
        assert!(!lifetime.is_due(at(3329)));
        assert!(lifetime.is_due(at(3330)));
    }

    #[test]
    fn an_issuer_that_hands_out_the_old_token_is_not_asked_at_every_request() {
        let mut lifetime = living(3600);
        let same = lifetime.token(at(3300)).unwrap().clone();
        lifetime.fetched(same, at(3580));
        assert!(!lifetime.is_due(at(3600)));
    }

    #[test]
    fn a_refused_token_is_dropped_unless_it_is_fresh() {
        let mut lifetime = living(3600);
        lifetime.refused(at(29));
        assert!(lifetime.token(at(29)).is_some());
        lifetime.refused(at(30));
        assert!(lifetime.token(at(30)).is_none());
    }
}
