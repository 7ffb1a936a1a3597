//! Outages, played for `outlast` by default.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use outlast_drill::{Figures, Policy, Run, Scenario, play};
use serde_json::{Value, json};

/// What is played.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Job {
    /// A shipped outage, at its own rate or another.
    Shipped(&'static str, Option<f64>),
    /// So many hours in which a share of the primary's calls fail, at a rate.
    Errors { share: f64, hours: u32, rate: f64 },
}

/// What came of it.
pub(crate) struct Played {
    pub(crate) job: Job,
    pub(crate) figures: Figures,
    /// The longest that a user waited for first words in the outage.
    pub(crate) longest: Duration,
    /// The same, of requests that came after it was noticed.
    pub(crate) longest_after: Duration,
    /// How often the primary's breaker opened from a closed state.
    pub(crate) trips: usize,
    /// Calls to all providers in the outage, for each request in it.
    pub(crate) calls_per_request: f64,
    /// Calls that the primary failed before the outage was noticed.
    pub(crate) failed_first: usize,
    /// Calls to the primary after it was noticed, a minute.
    pub(crate) probes_per_minute: f64,
}

impl Job {
    /// All that the goals need.
    pub(crate) fn all() -> Vec<Self> {
        let shipped = Scenario::names().map(|name| Self::Shipped(name, None));
        let errors = |share, hours, rate| Self::Errors { share, hours, rate };
        let others = [
            Self::Shipped("hard", Some(1.0)),
            Self::Shipped("hard", Some(0.2)),
            errors(0.01, 24, 1.0),
            errors(0.25, 15, 0.67),
            errors(0.25, 15, 0.2),
        ];
        shipped.chain(others).collect()
    }

    /// What takes seconds.
    pub(crate) fn quick() -> Vec<Self> {
        vec![Self::Shipped("hard", Some(0.2))]
    }

    /// Tells whether it is a shipped outage at its own rate.
    pub(crate) fn is_shipped(&self) -> bool {
        matches!(self, Self::Shipped(_, None))
    }

    fn scenario(&self) -> Scenario {
        match self {
            Self::Shipped(name, rate) => {
                let scenario = Scenario::shipped(name).unwrap();
                match rate {
                    Some(rate) => scenario.with_requests_per_second(*rate).unwrap(),
                    None => scenario,
                }
            }
            Self::Errors { share, hours, rate } => errors(*share, *hours, *rate),
        }
    }

    fn play(self) -> Played {
        let scenario = self.scenario();
        let run = play(&scenario, &Policy::Ours, |_| {}).unwrap();
        let figures = Figures::of(&scenario, &run);
        let noticed = figures.detect_ms.map_or(scenario.outage.until, |ms| {
            scenario.outage.from + Duration::from_secs_f64(ms / 1000.0)
        });
        let longest = |from| {
            let seen = run.seen.iter();
            let late = seen.filter(|seen| seen.due >= from && scenario.is_outage(seen.due));
            late.filter_map(|seen| seen.waited)
                .max()
                .unwrap_or_default()
        };
        let calls = run.calls.iter().filter(|call| scenario.is_outage(call.at));
        let to_primary = |call: &&&outlast_drill::ProviderCall| call.provider == 0;
        let primary: Vec<_> = calls.clone().filter(|call| to_primary(&call)).collect();
        let before = primary.iter().filter(|call| call.at < noticed);
        let after = primary.iter().filter(|call| call.at >= noticed).count();
        let minutes = (scenario.outage.until - noticed).as_secs_f64() / 60.0;
        Played {
            longest: longest(scenario.outage.from),
            longest_after: longest(noticed),
            trips: trips(&run),
            calls_per_request: calls.count() as f64 / figures.requests_in_outage.max(1) as f64,
            failed_first: before.filter(|call| !call.answered).count(),
            probes_per_minute: after as f64 / minutes.max(1.0),
            figures,
            job: self,
        }
    }
}

impl Played {
    /// Returns a row of the table of shipped outages.
    pub(crate) fn row(&self) -> Value {
        let Job::Shipped(name, _) = &self.job else {
            return Value::Null;
        };
        let figures = serde_json::to_value(&self.figures).unwrap();
        json!({ "scenario": name, "trips": self.trips, "figures": figures })
    }

    /// Returns which share of all users saw an error, in percent.
    pub(crate) fn errors_percent(&self) -> f64 {
        100.0 * self.figures.user_errors as f64 / self.figures.requests.max(1) as f64
    }

    /// Returns the calls to the failing primary for each request.
    pub(crate) fn primary_share(&self) -> f64 {
        let requests = self.figures.requests_in_outage.max(1) as f64;
        self.figures.primary_calls_in_outage as f64 / requests
    }
}

/// Plays all, as many at once as there are cores; the order is kept.
pub(crate) fn play_all(jobs: Vec<Job>) -> Vec<Played> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let waiting: Mutex<VecDeque<_>> = Mutex::new(jobs.into_iter().enumerate().collect());
    let done = Mutex::new(Vec::new());
    let next = || waiting.lock().unwrap().pop_front();
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some((number, job)) = next() {
                    eprintln!("playing {job:?}");
                    let played = job.play();
                    done.lock().unwrap().push((number, played));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, played)| played).collect()
}

fn trips(run: &Run) -> usize {
    let changes = run.changes.iter();
    let opened = changes.filter(|change| change.provider == 0 && change.to == "open");
    opened.count()
}

/// A share of the primary's calls fail at random, all the time.
fn errors(share: f64, hours: u32, rate: f64) -> Scenario {
    let answer = "[provider.script.answer]\nwords = 8\nfirst_token = \"600ms\"\nspread = 0.6";
    Scenario::parse(&format!(
        r#"
        name = "errors"
        title = "A share of all calls fail."
        requests_per_second = {rate}
        lasts = "{hours}h"
        outage = {{ from = "0s", until = "{hours}h" }}
        [[provider]]
        name = "primary"
        api = "openai"
        model = "sim-gpt"
        {answer}
        [[provider.script.rule]]
        probability = {share}
        status = 500
        [[provider]]
        name = "fallback"
        api = "anthropic"
        model = "sim-claude"
        {answer}
        "#
    ))
    .unwrap()
}
