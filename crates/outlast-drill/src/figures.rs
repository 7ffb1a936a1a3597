//! What came of it, in figures.

use std::time::Duration;

use outlast::Money;
use serde::Serialize;

use crate::record::{Answer, Run, Seen};
use crate::scenario::Scenario;

/// The seconds over which it is looked whether the primary has its traffic back.
const LOOK: Duration = Duration::from_secs(10);
/// Which share of its traffic that is.
const BACK: f64 = 0.95;

/// The figures of one contestant. Times are in milliseconds; "in the outage" is what was due in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Figures {
    /// The contestant.
    pub policy: String,
    /// All requests.
    pub requests: usize,
    /// Requests whose user saw an error, gave up, or had an answer that is not the right one, to the character.
    pub user_errors: usize,
    /// Requests in the outage.
    pub requests_in_outage: usize,
    /// Calls that reached the primary in the outage, also those it answered well.
    pub primary_calls_in_outage: usize,
    /// From the beginning of the outage to the first request that was answered without asking the primary, and was due
    /// then. `None` if there was none.
    pub detect_ms: Option<f64>,
    /// How long users of streams waited for the first words while the primary was well; those who gave up count with the
    /// time they waited, those who saw an error do not count.
    pub ttft_p50_ms: Option<f64>,
    /// The same, for one of a hundred.
    pub ttft_p99_ms: Option<f64>,
    /// The same in the outage.
    pub ttft_p50_ms_in_outage: Option<f64>,
    /// The same in the outage, for one of a hundred.
    pub ttft_p99_ms_in_outage: Option<f64>,
    /// From the end of the outage to the first call that the primary answered.
    pub first_primary_traffic_after_ms: Option<f64>,
    /// From the end of the outage to the first ten seconds in which the primary answered 95 % of the requests. `None` if
    /// there were none.
    pub recovered_after_ms: Option<f64>,
    /// Calls to all providers, for each request.
    pub calls_per_request: f64,
    /// What all tokens cost, those of broken and abandoned answers too, in US dollars.
    pub cost_usd: f64,
    /// Words missing from answers that came to their end.
    pub tokens_lost: u64,
    /// Words in them that do not belong there.
    pub tokens_doubled: u64,
    /// What users waited beyond what one of a hundred waits on a good day, all together, in minutes.
    pub excess_minutes: f64,
    /// A SHA-256 of everything that happened, in hexadecimal: the same for the same scenario and seed.
    pub fingerprint: String,
}

impl Figures {
    /// Works out the figures of `run`, which was played by `scenario`.
    pub fn of(scenario: &Scenario, run: &Run) -> Self {
        let outage = |seen: &&Seen| scenario.is_outage(seen.due);
        let (bad, good): (Vec<_>, Vec<_>) = run.seen.iter().partition(outage);
        let wrong = run.seen.iter().filter(|seen| !seen.is_right());
        let in_outage = run
            .calls
            .iter()
            .filter(|call| call.provider == 0 && scenario.is_outage(call.at));
        let cost = run
            .calls
            .iter()
            .fold(Money::ZERO, |sum, call| sum + call.cost);
        let p99 = percentile(&good, 99);
        Self {
            policy: run.policy.clone(),
            requests: run.seen.len(),
            user_errors: wrong.count(),
            requests_in_outage: bad.len(),
            primary_calls_in_outage: in_outage.count(),
            detect_ms: detected(scenario, &bad).map(ms),
            ttft_p50_ms: percentile(&good, 50).map(ms),
            ttft_p99_ms: p99.map(ms),
            ttft_p50_ms_in_outage: percentile(&bad, 50).map(ms),
            ttft_p99_ms_in_outage: percentile(&bad, 99).map(ms),
            first_primary_traffic_after_ms: first_traffic(scenario, run).map(ms),
            recovered_after_ms: recovered(scenario, run).map(ms),
            calls_per_request: rounded(run.calls.len() as f64 / run.seen.len().max(1) as f64),
            cost_usd: usd(cost),
            tokens_lost: run.seen.iter().map(|seen| u64::from(seen.lost)).sum(),
            tokens_doubled: run.seen.iter().map(|seen| u64::from(seen.doubled)).sum(),
            excess_minutes: excess(run, p99.unwrap_or_default()),
            fingerprint: run.fingerprint(),
        }
    }
}

fn detected(scenario: &Scenario, bad: &[&Seen]) -> Option<Duration> {
    let seen = bad
        .iter()
        .find(|seen| seen.primary_calls == 0 && seen.served_by().is_some_and(|by| by > 0))?;
    Some(seen.due - scenario.outage.from)
}

fn first_traffic(scenario: &Scenario, run: &Run) -> Option<Duration> {
    let until = scenario.outage.until;
    let calls = run.calls.iter();
    let good = calls.filter(|call| call.provider == 0 && call.answered && call.at >= until);
    good.map(|call| call.at - until).min()
}

fn recovered(scenario: &Scenario, run: &Run) -> Option<Duration> {
    let until = scenario.outage.until;
    let after: Vec<_> = run.seen.iter().filter(|seen| seen.due >= until).collect();
    let looks = (0..).map(|number| LOOK * number);
    let within = looks.take_while(|look| until + *look + LOOK <= scenario.lasts);
    within.into_iter().find(|look| {
        let from = until + *look;
        let here = after
            .iter()
            .filter(|seen| from <= seen.due && seen.due < from + LOOK);
        let (all, primary) = here.fold((0, 0), |(all, primary), seen| {
            (all + 1, primary + usize::from(seen.served_by() == Some(0)))
        });
        all > 0 && primary as f64 >= BACK * f64::from(all)
    })
}

fn excess(run: &Run, usual: Duration) -> f64 {
    let waits = run.seen.iter().filter(|seen| is_first_words(seen));
    let excess: Duration = waits
        .filter_map(|seen| seen.waited?.checked_sub(usual))
        .sum();
    rounded(excess.as_secs_f64() / 60.0)
}

/// Tells whether the wait is one for first words.
fn is_first_words(seen: &Seen) -> bool {
    seen.stream || seen.answer == Answer::GaveUp
}

/// Returns the time that so many of a hundred users of streams did not wait longer than.
pub(crate) fn percentile(seen: &[&Seen], percent: usize) -> Option<Duration> {
    let waits = seen.iter().filter(|seen| is_first_words(seen));
    let mut waits: Vec<_> = waits.filter_map(|seen| seen.waited).collect();
    waits.sort_unstable();
    let rank = (waits.len() * percent).div_ceil(100).max(1);
    waits.get(rank - 1).copied()
}

fn ms(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1000.0)
}

/// Rounds to a thousandth.
fn rounded(figure: f64) -> f64 {
    (figure * 1000.0).round() / 1000.0
}

/// Returns dollars to the cent of a cent.
fn usd(money: Money) -> f64 {
    const CENT_OF_A_CENT: i128 = 100_000_000;
    (money.pico_usd() / CENT_OF_A_CENT) as f64 / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(due: u64, by: usize, primary_calls: u32) -> Seen {
        Seen {
            due: Duration::from_secs(due),
            stream: true,
            waited: Some(Duration::from_millis(600)),
            answer: Answer::Whole(by),
            primary_calls,
            lost: 0,
            doubled: 0,
        }
    }

    fn scenario() -> Scenario {
        Scenario::parse(
            r#"
            name = "x"
            title = "X."
            requests_per_second = 1
            lasts = "100s"
            outage = { from = "20s", until = "50s" }
            [[provider]]
            name = "a"
            api = "openai"
            model = "m"
            "#,
        )
        .unwrap()
    }

    #[test]
    fn an_outage_is_detected_when_a_request_is_answered_without_the_primary() {
        let run = Run {
            seen: vec![
                seen(19, 1, 0),
                seen(21, 1, 1),
                seen(24, 1, 0),
                seen(51, 0, 1),
            ],
            ..Run::default()
        };
        let figures = Figures::of(&scenario(), &run);
        assert_eq!(figures.detect_ms, Some(4000.0));
        assert_eq!((figures.requests, figures.requests_in_outage), (4, 2));
        assert_eq!(figures.user_errors, 0);
    }

    #[test]
    fn the_primary_is_back_in_the_first_ten_seconds_that_are_its_own() {
        let run = Run {
            seen: (50..100)
                .map(|due| seen(due, usize::from(due < 63), 1))
                .collect(),
            ..Run::default()
        };
        assert_eq!(
            Figures::of(&scenario(), &run).recovered_after_ms,
            Some(20_000.0)
        );
    }

    #[test]
    fn who_gave_up_counts_as_having_waited_and_who_saw_an_error_does_not() {
        let mut gave_up = seen(30, 0, 1);
        gave_up.answer = Answer::GaveUp;
        gave_up.waited = Some(Duration::from_secs(60));
        let mut error = seen(31, 0, 1);
        error.answer = Answer::Error("server");
        error.waited = None;
        let run = Run {
            seen: vec![gave_up, error],
            ..Run::default()
        };
        let figures = Figures::of(&scenario(), &run);
        assert_eq!(figures.ttft_p50_ms_in_outage, Some(60_000.0));
        assert_eq!(figures.user_errors, 2);
    }
}
