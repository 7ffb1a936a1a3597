//! Which rule of the script applies to a call: the conditions, and what they remember.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use http::StatusCode;
use tokio::time::Instant;

#[cfg(feature = "server")]
use crate::fault::ConnectionFault;
use crate::fault::{Failure, Fault, ProviderError, Refusal};
use crate::script::{Capacity, Clock, Flap, Only, Rule, Script, When};

/// How long a call beyond the concurrent ones is told to wait.
const CONCURRENT_RETRY_AFTER: Duration = Duration::from_secs(1);

/// Applies a script to the calls as they arrive.
#[derive(Debug)]
pub(crate) struct Director {
    script: Arc<Script>,
    /// What the times of the rules are counted from.
    origin: Instant,
    chance: Rng,
    memories: Vec<Memory>,
}

/// What a rule remembers of the calls before.
#[derive(Clone, Debug, Default)]
struct Memory {
    seen: u64,
    used: u64,
    bucket: Option<Bucket>,
}

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallFacts<'a> {
    pub(crate) stream: bool,
    pub(crate) model: Option<&'a str>,
    /// How many other calls are under way.
    pub(crate) in_flight: usize,
}

/// The rule that applies.
#[derive(Clone, Debug)]
pub(crate) struct Picked {
    /// Its name, or else its number.
    pub(crate) rule: String,
    pub(crate) fault: Fault,
}

/// How a call is to go.
#[derive(Clone, Debug)]
pub(crate) struct Direction {
    pub(crate) script: Arc<Script>,
    /// The rule that applies, if one does.
    pub(crate) picked: Option<Picked>,
    /// By which factor the first token's usual wait is longer or shorter this time.
    pub(crate) slowness: f64,
}

impl Director {
    /// Begins with `script` now.
    pub(crate) fn new(script: Script, started: Instant) -> Self {
        Self {
            origin: match script.clock {
                Clock::Script => Instant::now(),
                Clock::Start => started,
            },
            chance: Rng::with_seed(script.seed),
            memories: vec![Memory::default(); script.rules.len()],
            script: Arc::new(script),
        }
    }

    pub(crate) fn script(&self) -> &Arc<Script> {
        &self.script
    }

    /// Draws by which factor the first token of the next answer differs from the usual wait: log-normal, with the median
    /// 1. A script without a spread draws nothing, so that chance goes as it would without it.
    pub(crate) fn slowness(&mut self) -> f64 {
        let spread = self.script.answer.spread;
        if spread == 0.0 {
            return 1.0;
        }
        // Box and Muller's way from two even draws to a normal one; the first must not be 0.
        let (even, turn) = (1.0 - self.chance.f64(), self.chance.f64());
        let normal = (-2.0 * even.ln()).sqrt() * (std::f64::consts::TAU * turn).cos();
        (spread * normal).exp()
    }

    /// Finds the first rule that applies to a call.
    pub(crate) fn pick(&mut self, call: &CallFacts<'_>, now: Instant) -> Option<Picked> {
        let time = now.saturating_duration_since(self.origin);
        let rules = self.script.rules.iter().zip(&mut self.memories);
        for (number, (rule, memory)) in rules.enumerate() {
            if !rule.when.is_on(time) {
                continue;
            }
            if let Some(fault) = memory.fault(rule, call, now, &mut self.chance) {
                let rule = rule.label(number);
                return Some(Picked { rule, fault });
            }
        }
        None
    }

    /// Finds the rule that refuses a connection before anything was read from it, if that is already certain.
    #[cfg(feature = "server")]
    pub(crate) fn refuses_connection(&self, now: Instant) -> Option<Picked> {
        let time = now.saturating_duration_since(self.origin);
        let mut rules = self.script.rules.iter().enumerate();
        let (number, rule) = rules.find(|(_, rule)| rule.when.is_on(time))?;
        let refuses = rule.fault.connection == Some(ConnectionFault::Refuse);
        (refuses && rule.when.is_about_time_only()).then(|| Picked {
            rule: rule.label(number),
            fault: rule.fault.clone(),
        })
    }
}

impl Rule {
    fn label(&self, number: usize) -> String {
        self.name
            .clone()
            .unwrap_or_else(|| format!("rule {}", number + 1))
    }
}

impl When {
    /// Tells whether the rule is in force at this time of the script.
    fn is_on(&self, time: Duration) -> bool {
        time >= self.from
            && self.until.is_none_or(|until| time < until)
            && self
                .flap
                .is_none_or(|flap| flap.is_faulty(time - self.from))
    }

    /// Tells whether it applies to all calls of its time alike.
    #[cfg(feature = "server")]
    fn is_about_time_only(&self) -> bool {
        self.only.is_none()
            && self.model.is_none()
            && self.every.is_none()
            && self.probability.is_none()
            && self.capacity.is_none()
            && self.times.is_none()
    }

    fn fits(&self, call: &CallFacts<'_>) -> bool {
        let kind = match self.only {
            None => true,
            Some(Only::Stream) => call.stream,
            Some(Only::Unary) => !call.stream,
        };
        let model = self
            .model
            .as_deref()
            .is_none_or(|pattern| call.model.is_some_and(|model| matches(pattern, model)));
        kind && model
    }
}

impl Flap {
    fn is_faulty(self, time: Duration) -> bool {
        let period = self.healthy + self.faulty;
        let into = time.as_nanos() % period.as_nanos().max(1);
        into >= self.healthy.as_nanos()
    }
}

impl Memory {
    /// Applies a rule that is in force; the conditions that count see only calls that passed the others.
    fn fault(
        &mut self,
        rule: &Rule,
        call: &CallFacts<'_>,
        now: Instant,
        chance: &mut Rng,
    ) -> Option<Fault> {
        let when = &rule.when;
        if !when.fits(call) || when.times.is_some_and(|times| self.used >= times) {
            return None;
        }
        self.seen += 1;
        if when
            .every
            .is_some_and(|every| !self.seen.is_multiple_of(every.get()))
        {
            return None;
        }
        if when
            .probability
            .is_some_and(|probability| chance.f64() >= probability)
        {
            return None;
        }
        let fault = match when.capacity {
            None => rule.fault.clone(),
            Some(capacity) => over_capacity(&rule.fault, self.excess(capacity, call, now)?),
        };
        self.used += 1;
        Some(fault)
    }

    /// Tells how long to wait until there is room, if there is none.
    fn excess(
        &mut self,
        capacity: Capacity,
        call: &CallFacts<'_>,
        now: Instant,
    ) -> Option<Duration> {
        if capacity
            .concurrent
            .is_some_and(|most| call.in_flight >= most)
        {
            return Some(CONCURRENT_RETRY_AFTER);
        }
        let rate = capacity.per_second?;
        let bucket = self.bucket.get_or_insert_with(|| Bucket::full(rate, now));
        bucket.take(now).err()
    }
}

/// Calls that a second still has room for; a second's worth at most.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    per_second: f64,
    left: f64,
    filled: Instant,
}

impl Bucket {
    fn full(per_second: f64, now: Instant) -> Self {
        Self {
            per_second,
            left: per_second.max(1.0),
            filled: now,
        }
    }

    /// Takes a call's room, or tells how long until there is some.
    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.left = (self.left + passed * self.per_second).min(self.per_second.max(1.0));
        self.filled = now;
        // Sums of fractions miss a whole by a hair.
        const HAIR: f64 = 1e-9;
        if self.left + HAIR >= 1.0 {
            self.left = (self.left - 1.0).max(0.0);
            return Ok(());
        }
        let wait = (1.0 - self.left) / self.per_second;
        Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX))
    }
}

/// Completes the fault of a rule about capacity: a 429 unless it says otherwise, with the time to wait.
fn over_capacity(fault: &Fault, wait: Duration) -> Fault {
    let mut fault = fault.clone();
    if fault.refusal.is_none() && fault.connection.is_none() && !fault.hang {
        fault.refusal = Some(Refusal::Error(ProviderError {
            what: Failure::Status(StatusCode::TOO_MANY_REQUESTS),
            message: None,
        }));
    }
    fault.retry_after.get_or_insert(wait);
    fault
}

/// Matches `name` against `pattern`, in which `*` stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, mut pattern)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut rest) = name.strip_prefix(head) else {
        return false;
    };
    while let Some((part, after)) = pattern.split_once('*') {
        let Some((_, behind)) = rest.split_once(part) else {
            return false;
        };
        (rest, pattern) = (behind, after);
    }
    rest.ends_with(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        let check =
            |pattern, name, expect| assert_eq!(matches(pattern, name), expect, "{pattern} {name}");
        check("claude", "claude", true);
        check("claude", "claude-2", false);
        check("claude*", "claude", true);
        check("*-mini", "gpt-4o-mini", true);
        check("gpt-*-mini", "gpt-4o-mini", true);
        check("gpt-*-mini", "gpt-mini", false);
        check("*a*b*", "xxaxxbxx", true);
        check("*a*b*", "xxbxxaxx", false);
        check("ab*ba", "aba", false);
        check("*", "", true);
    }

    #[test]
    fn a_bucket_gives_a_second_s_worth_and_then_one_at_a_time() {
        let start = Instant::now();
        let mut bucket = Bucket::full(2.0, start);
        assert_eq!(bucket.take(start), Ok(()));
        assert_eq!(bucket.take(start), Ok(()));
        assert_eq!(bucket.take(start), Err(Duration::from_millis(500)));
        let later = start + Duration::from_millis(500);
        assert_eq!(bucket.take(later), Ok(()));
        assert!(bucket.take(later).is_err());
    }
}
