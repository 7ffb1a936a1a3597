//! What came of it, in figures. Everything is worked out from what callers saw and from the primary's own log.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::board::{Record, back_from};
use super::plan::Incident;
use super::stage::PrimaryCall;

/// How many errors are quoted.
const QUOTED: usize = 5;

/// The figures of a run. "Outage" is the time from each break of the primary to its healing, all three together; a
/// request belongs to the time in which it was due.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Results {
    /// All requests of callers, streams included.
    pub(super) requests: usize,
    /// Those that asked for a stream.
    pub(super) streams: usize,
    /// Requests whose caller saw an error, or a text that is not the whole right one.
    pub(super) user_errors: usize,
    /// How many answers each target gave, or began to give.
    pub(super) served_by: BTreeMap<String, usize>,
    /// Calls that reached the primary during the outage, also those it answered well.
    pub(super) primary_calls_in_outage: usize,
    pub(super) requests_in_outage: usize,
    /// From the first break of the primary to the first words of the fallback at a caller.
    pub(super) first_failover_ms: Option<f64>,
    /// How long callers waited for the first words (streams) or for the whole answer (unary) while the primary was
    /// healthy.
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
    /// The same during the outage.
    pub(super) p50_ms_in_outage: Option<f64>,
    pub(super) p99_ms_in_outage: Option<f64>,
    /// From the healing of the primary to the beginning of the first second in which it served at least nine of ten
    /// requests; the longest of the three times. `null` if it did not come back once.
    pub(super) recovered_after_ms: Option<f64>,
    /// Streams of the primary that were cut after their first words.
    pub(super) cut_streams: usize,
    /// Those of them whose callers received the whole right text all the same.
    pub(super) cut_streams_completed: usize,
    /// How long the traffic lasted.
    pub(super) seconds: f64,
    pub(super) requests_per_second: f64,
    /// The three times of trouble, one by one.
    pub(super) phases: Vec<Phase>,
    /// The first few errors, in the words of the callers.
    pub(super) errors: Vec<String>,
}

/// The figures of one time of trouble.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Phase {
    pub(super) trouble: &'static str,
    pub(super) seconds: f64,
    pub(super) requests: usize,
    pub(super) user_errors: usize,
    pub(super) by_primary: usize,
    pub(super) by_fallback: usize,
    pub(super) primary_calls: usize,
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
    pub(super) recovered_after_ms: Option<f64>,
}

/// What happened, to be turned into figures.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// What callers saw, in the order in which the requests were due.
    pub(super) records: Vec<Record>,
    pub(super) incidents: Vec<Incident>,
    /// What reached the primary, by its own log.
    pub(super) primary_calls: Vec<PrimaryCall>,
}

impl Results {
    /// Works out the figures.
    pub(super) fn new(facts: &Facts) -> Self {
        let records = &facts.records;
        let outage = |at: Duration| facts.incidents.iter().any(|incident| incident.covers(at));
        let (in_outage, healthy): (Vec<_>, Vec<_>) =
            records.iter().partition(|record| outage(record.due));
        let phases: Vec<_> = facts
            .incidents
            .iter()
            .map(|incident| facts.phase(incident))
            .collect();
        let lasted = records.last().map_or(Duration::ZERO, |record| record.due);
        Self {
            requests: records.len(),
            streams: records.iter().filter(|record| record.is_stream()).count(),
            user_errors: errors(records).count(),
            served_by: served_by(records),
            primary_calls_in_outage: facts
                .primary_calls
                .iter()
                .filter(|call| outage(call.at))
                .count(),
            requests_in_outage: in_outage.len(),
            first_failover_ms: facts.first_failover().map(ms),
            p50_ms: percentile(&healthy, 50),
            p99_ms: percentile(&healthy, 99),
            p50_ms_in_outage: percentile(&in_outage, 50),
            p99_ms_in_outage: percentile(&in_outage, 99),
            recovered_after_ms: longest(phases.iter().map(|phase| phase.recovered_after_ms)),
            cut_streams: facts.cut_streams().count(),
            cut_streams_completed: facts.cut_streams_completed(),
            seconds: rounded(lasted.as_secs_f64()),
            requests_per_second: rounded(records.len() as f64 / lasted.as_secs_f64().max(0.001)),
            phases,
            errors: errors(records).take(QUOTED).map(str::to_owned).collect(),
        }
    }
}

impl Facts {
    fn phase(&self, incident: &Incident) -> Phase {
        let records: Vec<_> = self
            .records
            .iter()
            .filter(|record| incident.covers(record.due))
            .collect();
        let served = records
            .iter()
            .filter(|record| record.served_by.is_some())
            .count();
        let by_primary = records
            .iter()
            .filter(|record| record.is_by_primary())
            .count();
        Phase {
            trouble: incident.trouble.name(),
            seconds: rounded((incident.until - incident.from).as_secs_f64()),
            requests: records.len(),
            user_errors: errors(records.iter().copied()).count(),
            by_primary,
            by_fallback: served - by_primary,
            primary_calls: self
                .primary_calls
                .iter()
                .filter(|call| incident.covers(call.at))
                .count(),
            p50_ms: percentile(&records, 50),
            p99_ms: percentile(&records, 99),
            recovered_after_ms: self.recovered_after(incident).map(ms),
        }
    }

    /// Returns the questions of the streams that the primary cut.
    fn cut_streams(&self) -> impl Iterator<Item = Option<&str>> {
        self.primary_calls
            .iter()
            .filter(|call| call.cut_stream)
            .map(|call| call.question.as_deref())
    }

    /// Counts those of them whose callers had the whole text.
    fn cut_streams_completed(&self) -> usize {
        let whole: BTreeSet<_> = self
            .records
            .iter()
            .filter(|record| record.is_whole())
            .map(|record| sha256(&record.question))
            .collect();
        self.cut_streams()
            .filter(|question| question.is_some_and(|question| whole.contains(question)))
            .count()
    }

    fn first_failover(&self) -> Option<Duration> {
        let broke = self.incidents.first()?.from;
        self.records
            .iter()
            .filter(|record| record.served_by.is_some() && !record.is_by_primary())
            .filter_map(|record| record.first_words?.checked_sub(broke))
            .min()
    }

    fn recovered_after(&self, incident: &Incident) -> Option<Duration> {
        let back = back_from(&self.records, incident.until, incident.next)?;
        Some(back - incident.until)
    }
}

fn errors<'a>(records: impl IntoIterator<Item = &'a Record>) -> impl Iterator<Item = &'a str> {
    records.into_iter().filter_map(|record| match &record.end {
        Some(Ok(())) => None,
        Some(Err(error)) => Some(error.as_str()),
        // Whoever waits for all answers leaves none of these; if one is here, its caller got no answer.
        None => Some("no answer"),
    })
}

/// Names a question as the primary's log does.
fn sha256(question: &str) -> String {
    let digest = Sha256::digest(question.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn served_by(records: &[Record]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for target in records.iter().filter_map(|record| record.served_by.clone()) {
        *counts.entry(target).or_default() += 1;
    }
    counts
}

/// Returns the waiting time that `percent` of the requests did not exceed; those without first words are left out, for
/// they are errors.
fn percentile(records: &[&Record], percent: usize) -> Option<f64> {
    let mut waits: Vec<_> = records
        .iter()
        .filter_map(|record| record.latency())
        .collect();
    waits.sort_unstable();
    let rank = (waits.len() * percent).div_ceil(100).max(1);
    waits.get(rank - 1).copied().map(ms)
}

/// Returns the longest time, or none if one is unknown.
fn longest(times: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    times
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .reduce(f64::max)
}

fn ms(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1000.0)
}

/// Rounds to one place after the point: more would be noise.
fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::super::caller::Kind;
    use super::super::plan::Trouble;
    use super::super::stage::PRIMARY;
    use super::*;

    const FALLBACK: &str = "fallback/sim-claude";

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A request that was due at `due`, had its first words 40 ms later and was answered whole.
    fn answered(due: u64, by: &str) -> Record {
        Record {
            question: format!("question of {due}"),
            kind: if due.is_multiple_of(20) {
                Kind::Stream
            } else {
                Kind::Unary
            },
            due: at(due),
            served_by: Some(by.to_owned()),
            first_words: Some(at(due + 40)),
            end: Some(Ok(())),
        }
    }

    /// A request every 10 ms for 10 s. From 2 s to 4 s the primary fails; from 5 s on it serves again.
    fn facts() -> Facts {
        let by = |due| match due {
            2000..5000 => FALLBACK,
            _ => PRIMARY,
        };
        Facts {
            records: (0..10_000)
                .step_by(10)
                .map(|due| answered(due, by(due)))
                .collect(),
            incidents: vec![Incident {
                trouble: Trouble::Errors,
                from: at(2000),
                until: at(4000),
                next: at(10_000),
            }],
            primary_calls: Vec::new(),
        }
    }

    fn cut_stream(arrived: u64, question: &str) -> PrimaryCall {
        PrimaryCall {
            at: at(arrived),
            cut_stream: true,
            question: Some(sha256(question)),
        }
    }

    #[test]
    fn requests_are_counted_by_target_and_by_when_they_were_due() {
        let results = Results::new(&facts());
        assert_eq!((results.requests, results.streams), (1000, 500));
        assert_eq!(results.requests_in_outage, 200);
        assert_eq!(results.served_by[PRIMARY], 700);
        assert_eq!(results.served_by[FALLBACK], 300);
        assert_eq!(results.user_errors, 0);
    }

    #[test]
    fn an_error_a_wrong_text_and_no_answer_are_all_errors_of_callers() {
        let mut facts = facts();
        facts.records[0].end = Some(Err("500".to_owned()));
        facts.records[250].end = None;
        let results = Results::new(&facts);
        assert_eq!(results.user_errors, 2);
        assert_eq!(results.phases[0].user_errors, 1);
        assert_eq!(results.errors, ["500", "no answer"]);
    }

    #[test]
    fn the_waits_of_the_outage_and_of_healthy_times_are_kept_apart() {
        let mut facts = facts();
        for record in &mut facts.records[200..203] {
            record.first_words = Some(record.due + at(900));
        }
        let results = Results::new(&facts);
        assert_eq!((results.p50_ms, results.p99_ms), (Some(40.0), Some(40.0)));
        assert_eq!(results.p50_ms_in_outage, Some(40.0));
        assert_eq!(results.p99_ms_in_outage, Some(900.0));
        // The first answer of the fallback is that of the fourth request of the outage.
        assert_eq!(results.first_failover_ms, Some(70.0));
    }

    #[test]
    fn the_primary_is_back_with_the_first_second_that_it_carries() {
        // 100 ms of the second that begins at 4.9 s are not its own, and that is one in ten.
        assert_eq!(Results::new(&facts()).recovered_after_ms, Some(900.0));
    }

    #[test]
    fn a_primary_that_does_not_come_back_before_the_next_trouble_never_did() {
        let mut facts = facts();
        facts.incidents[0].next = at(5500);
        let results = Results::new(&facts);
        assert_eq!(results.recovered_after_ms, None);
    }

    #[test]
    fn a_cut_stream_is_completed_if_its_own_caller_had_the_whole_text() {
        let mut facts = facts();
        facts.primary_calls = vec![
            cut_stream(2100, "question of 2100"),
            cut_stream(2140, "question of 2140"),
            cut_stream(2200, "nobody's question"),
            PrimaryCall {
                cut_stream: false,
                ..cut_stream(8000, "question of 8000")
            },
        ];
        facts.records[214].end = Some(Err("an error in the stream".to_owned()));
        let results = Results::new(&facts);
        assert_eq!((results.cut_streams, results.cut_streams_completed), (3, 1));
        assert_eq!(results.primary_calls_in_outage, 3);
    }

    #[test]
    fn nothing_at_all_makes_no_figure_up() {
        let results = Results::new(&Facts::default());
        assert_eq!((results.p50_ms, results.first_failover_ms), (None, None));
        assert_eq!(results.recovered_after_ms, None);
    }
}
