//! Random outages, each examined for what must hold in all of them.

mod outage;

use std::time::Duration;

use crate::contestant::Policy;
use crate::record::{Audit, Run};
use crate::run::{DrillError, play};
use crate::scenario::Scenario;

/// The most calls for one request by the default policy.
const MOST_CALLS: usize = 4;
/// What a target's retry budget begins with, and what it earns by a call that succeeds and by a second.
const BUDGET: (f64, f64, f64) = (10.0, 0.1, 0.1);
/// What the cheapest retry takes from it.
const CHEAPEST: f64 = 0.5;

/// A random outage and what was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// Where its chance began.
    pub seed: u64,
    /// The scenario, to be played again as a file.
    pub scenario: String,
    /// How many requests met it.
    pub requests: usize,
    /// How many of them did not end in the whole right answer. That is allowed: all providers may be down.
    pub user_errors: usize,
    /// What must not be, in words; nothing if all is well.
    pub breaches: Vec<String>,
    /// The run's fingerprint.
    pub fingerprint: String,
}

/// Makes a random outage of `seed`, plays it twice for `outlast` by default, and examines both runs.
///
/// In every outage, whatever fails and however: nothing panics; no task, no call to a provider and no place at a target is
/// left behind; a request makes four calls at most; retries stay within their budget; the end of each request is told
/// once; no word is doubled or lost where the providers themselves neither shorten nor change their answers; and the same
/// seed gives the same run, to the byte.
///
/// # Examples
///
/// ```
/// let case = outlast_drill::swarm(1).unwrap();
/// assert!(case.requests > 0);
/// assert!(case.breaches.is_empty(), "{:?}", case.breaches);
/// ```
pub fn swarm(seed: u64) -> Result<Case, DrillError> {
    let outage = outage::Outage::of(seed);
    let scenario =
        Scenario::parse(&outage.text).map_err(|error| DrillError::Provider(error.to_string()))?;
    let run = play(&scenario, &Policy::Ours, |_| {})?;
    let again = play(&scenario, &Policy::Ours, |_| {})?;
    let mut breaches = breaches(&run, scenario.lasts);
    if outage.answers_are_whole {
        breaches.extend(wrong_words(&run));
    }
    let fingerprint = run.fingerprint();
    if again.fingerprint() != fingerprint {
        breaches.push("the same seed gave another run".to_owned());
    }
    Ok(Case {
        seed,
        scenario: outage.text,
        requests: run.seen.len(),
        user_errors: run.seen.iter().filter(|seen| !seen.is_right()).count(),
        breaches,
        fingerprint,
    })
}

/// Names what must not be.
fn breaches(run: &Run, lasts: Duration) -> Vec<String> {
    let Audit {
        panics,
        tasks,
        under_way,
        client,
    } = &run.audit;
    let client = client.clone().unwrap_or_default();
    let requests = run.seen.len();
    let (start, by_success, by_second) = BUDGET;
    let budget = start + by_success * requests as f64 + by_second * lasts.as_secs_f64();
    let retries = budget / CHEAPEST;
    let found = [
        (*panics > 0, format!("{panics} panics")),
        (*tasks > 0, format!("{tasks} tasks are left")),
        (*under_way > 0, format!("{under_way} calls are left")),
        (
            client.in_flight > 0,
            format!("{} places at targets are still held", client.in_flight),
        ),
        (
            client.ended != requests,
            format!("of {requests} requests {} ends were told", client.ended),
        ),
        (
            client.most_calls > MOST_CALLS,
            format!("{} calls for one request", client.most_calls),
        ),
        (
            client.most_retries as f64 > retries,
            format!("{} retries, of a budget for {retries}", client.most_retries),
        ),
    ];
    let found = found.into_iter().filter(|(is_wrong, _)| *is_wrong);
    found.map(|(_, words)| words).collect()
}

fn wrong_words(run: &Run) -> Option<String> {
    let lost: u32 = run.seen.iter().map(|seen| seen.lost).sum();
    let doubled: u32 = run.seen.iter().map(|seen| seen.doubled).sum();
    (lost + doubled > 0).then(|| format!("{lost} words lost, {doubled} doubled"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ClientAudit;

    #[test]
    fn whatever_is_left_behind_is_named() {
        let client = ClientAudit {
            ended: 1,
            most_calls: 5,
            most_retries: 23,
            in_flight: 1,
        };
        let audit = Audit {
            panics: 1,
            tasks: 1,
            under_way: 1,
            client: Some(client),
        };
        let run = Run {
            audit,
            ..Run::default()
        };
        assert_eq!(breaches(&run, Duration::from_secs(10)).len(), 7);
        assert_eq!(breaches(&Run::default(), Duration::ZERO), [""; 0]);
    }
}
