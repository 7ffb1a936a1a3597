//! The state machine on its own, with time passed in.

use std::time::{Duration, Instant};

use super::BreakerConfig;
use super::state::{Asked, FAULT, Forced, Machine, Outcome, Refusal, Ticket};
use crate::Jitter;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

const FAILS: Outcome = Outcome::Fault {
    halves: FAULT,
    hint: None,
};

mod brown_out;
mod properties;

/// A machine, its clock and its chance.
struct Bench {
    machine: Machine,
    config: BreakerConfig,
    chance: Jitter,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        let now = tokio::time::Instant::now().into_std();
        Self {
            machine: Machine::new(now),
            config: BreakerConfig::default(),
            chance: Jitter::seeded(7),
            now,
        }
    }

    /// A machine that holds no part of the calls back.
    fn all_or_nothing() -> Self {
        let mut bench = Self::new();
        bench.config.degraded = f64::INFINITY;
        bench
    }

    /// A machine that has just opened.
    fn opened() -> Self {
        let mut bench = Self::new();
        bench.calls(5, FAILS);
        assert_eq!(bench.name(), "open");
        bench
    }

    /// A machine whose open time is over.
    fn half_open() -> Self {
        let mut bench = Self::opened();
        bench.pass(bench.machine.next_probe(bench.now).unwrap());
        assert_eq!(bench.name(), "half_open");
        bench
    }

    /// A machine whose probes have succeeded.
    fn ramping() -> Self {
        let mut bench = Self::half_open();
        bench.calls(3, Outcome::Success);
        assert_eq!(bench.name(), "ramp");
        bench
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.machine.advance(&self.config, self.now);
    }

    fn admit(&mut self) -> Result<Ticket, Refusal> {
        self.machine
            .admit(&self.config, &self.chance, self.now, Asked::Plainly)
    }

    fn admit_anyway(&mut self) -> Result<Ticket, Refusal> {
        self.machine
            .admit(&self.config, &self.chance, self.now, Asked::Anyway)
    }

    fn report(&mut self, ticket: Ticket, outcome: Outcome) {
        self.machine
            .report(&self.config, &self.chance, self.now, ticket, outcome);
    }

    fn keep_open(&mut self, least: Duration) {
        self.machine.keep_open(&self.config, self.now, least);
    }

    /// Makes `times` calls one after the other, if they are let through.
    fn calls(&mut self, times: usize, outcome: Outcome) {
        for _ in 0..times {
            if let Ok(ticket) = self.admit() {
                self.report(ticket, outcome);
            }
        }
    }

    fn name(&self) -> &'static str {
        self.machine.name()
    }

    fn open_time(&self) -> Duration {
        self.machine.next_probe(self.now).expect("it is open")
    }
}

fn about(expected: Duration) -> std::ops::RangeInclusive<Duration> {
    expected.mul_f64(0.8)..=expected.mul_f64(1.2)
}

#[test]
fn five_faults_in_a_row_open_a_quiet_target_and_ten_a_busy_one() {
    let mut quiet = Bench::new();
    quiet.calls(4, FAILS);
    assert_eq!(quiet.name(), "closed");
    quiet.calls(1, FAILS);
    assert_eq!(quiet.name(), "open");

    let mut busy = Bench::all_or_nothing();
    busy.calls(30, Outcome::Success);
    busy.calls(9, FAILS);
    assert_eq!(busy.name(), "closed");
    busy.calls(1, FAILS);
    assert_eq!(busy.name(), "open");
}

#[test]
fn streams_that_began_before_an_outage_do_not_hide_it_by_ending_well() {
    let mut bench = Bench::all_or_nothing();
    bench.calls(30, Outcome::Success);
    let long: Vec<_> = (0..9).map(|_| bench.admit().unwrap()).collect();
    for stream in long {
        bench.pass(SECOND);
        bench.calls(1, FAILS);
        bench.report(stream, Outcome::Success);
    }
    assert_eq!(bench.name(), "closed");
    bench.calls(1, FAILS);
    assert_eq!(bench.name(), "open");
}

#[test]
fn half_of_twenty_results_open_it_even_without_a_row() {
    let mut bench = Bench::new();
    for _ in 0..9 {
        bench.calls(1, FAILS);
        bench.calls(1, Outcome::Success);
    }
    assert_eq!(bench.name(), "closed");
    bench.calls(1, Outcome::Success);
    bench.calls(1, FAILS);
    assert_eq!(bench.name(), "open");
}

#[test]
fn faults_that_are_too_old_do_not_count_in_the_share() {
    let mut bench = Bench::new();
    for _ in 0..50 {
        bench.calls(1, FAILS);
        bench.calls(1, Outcome::Success);
        bench.pass(4 * SECOND);
    }
    assert_eq!(bench.name(), "closed", "never 20 results within 30 s");
}

#[test]
fn a_suspect_reply_counts_half() {
    let suspect = Outcome::Fault {
        halves: 1,
        hint: None,
    };
    let mut bench = Bench::new();
    bench.calls(9, suspect);
    assert_eq!(bench.name(), "closed");
    bench.calls(1, suspect);
    assert_eq!(bench.name(), "open");
}

#[test]
fn what_says_nothing_neither_opens_nor_saves() {
    let mut bench = Bench::new();
    bench.calls(1_000, Outcome::Nothing);
    bench.calls(4, FAILS);
    bench.calls(1_000, Outcome::Nothing);
    assert_eq!(bench.name(), "closed");
    bench.calls(1, FAILS);
    assert_eq!(bench.name(), "open");
}

#[test]
fn the_open_time_doubles_with_each_trip_up_to_its_cap() {
    let mut bench = Bench::opened();
    bench.config.quiet_factor = 0;
    for expected in [5, 10, 20, 40, 60, 60, 60] {
        assert!(
            about(expected * SECOND).contains(&bench.open_time()),
            "{expected}"
        );
        bench.pass(bench.open_time());
        bench.calls(1, FAILS);
    }
}

#[test]
fn five_minutes_of_being_closed_forgive_one_trip() {
    let mut bench = Bench::opened();
    for _ in 0..3 {
        bench.pass(bench.open_time());
        bench.calls(1, FAILS);
    }
    let reopened_after = |bench: &mut Bench, closed: Duration| {
        bench.pass(bench.open_time());
        bench.calls(3, Outcome::Success);
        bench.pass(2 * MINUTE);
        assert_eq!(bench.name(), "closed");
        bench.pass(closed);
        bench.calls(5, FAILS);
        bench.open_time()
    };
    // It has tripped four times: the next open time would be 5 s doubled four times, 80 s, and is 60 s by the cap.
    assert!(about(10 * SECOND).contains(&reopened_after(&mut bench, 15 * MINUTE)));
    assert!(about(5 * SECOND).contains(&reopened_after(&mut bench, 60 * MINUTE)));
}

#[test]
fn a_hint_that_is_longer_than_the_open_time_is_believed_up_to_ten_minutes() {
    let opened_with = |hint| {
        let mut bench = Bench::new();
        bench.calls(4, FAILS);
        let hint = Some(hint);
        bench.calls(
            1,
            Outcome::Fault {
                halves: FAULT,
                hint,
            },
        );
        bench.open_time()
    };
    assert_eq!(opened_with(90 * SECOND), 90 * SECOND);
    assert_eq!(opened_with(3_600 * SECOND), 10 * MINUTE);
    assert!(about(5 * SECOND).contains(&opened_with(SECOND)));
}

#[test]
fn a_quiet_target_stays_open_for_fifty_times_the_gap_between_its_calls() {
    let mut bench = Bench::new();
    for _ in 0..100 {
        bench.pass(4 * SECOND);
        bench.calls(1, FAILS);
    }
    let longest = (0..2_000).map(|_| {
        bench.pass(4 * SECOND);
        bench.calls(1, FAILS);
        bench.machine.next_probe(bench.now).unwrap_or_default()
    });
    let longest = longest.max().unwrap();
    assert!(about(200 * SECOND).contains(&longest), "{longest:?}");
}

#[test]
fn a_target_that_will_not_work_is_open_at_once_but_not_for_ever() {
    let mut bench = Bench::new();
    let least = 10 * MINUTE;
    bench.calls(1, Outcome::Down { least });
    assert_eq!(bench.open_time(), least);
    bench.pass(least);
    assert!(bench.admit().is_ok());
}

#[test]
fn a_refused_key_that_worked_a_moment_ago_is_a_fault_like_any_other() {
    let refused = Outcome::AccountDown { least: 10 * MINUTE };
    let mut bench = Bench::new();
    bench.calls(1, Outcome::Success);
    bench.pass(MINUTE);
    bench.calls(4, refused);
    assert_eq!(bench.name(), "closed");
    bench.calls(1, refused);
    assert!(about(5 * SECOND).contains(&bench.open_time()));

    let mut bench = Bench::new();
    bench.calls(1, Outcome::Success);
    bench.pass(11 * MINUTE);
    bench.calls(1, refused);
    assert_eq!(bench.open_time(), 10 * MINUTE);
}

#[test]
fn one_probe_at_a_time_is_let_through_and_one_success_is_not_enough() {
    let mut bench = Bench::half_open();
    let probe = bench.admit().unwrap();
    assert_eq!(bench.admit().unwrap_err(), Refusal::Open(Some(SECOND)));
    bench.report(probe, Outcome::Success);
    assert_eq!(bench.name(), "half_open");

    let probe = bench.admit().unwrap();
    bench.report(probe, FAILS);
    assert!(about(10 * SECOND).contains(&bench.open_time()));
}

#[test]
fn a_probe_that_says_nothing_makes_room_for_the_next() {
    let mut bench = Bench::half_open();
    for outcome in [Outcome::Nothing, Outcome::Throttle { hint: None }] {
        let probe = bench.admit().unwrap();
        bench.report(probe, outcome);
        assert_eq!(bench.name(), "half_open");
    }
    assert!(bench.admit().is_ok());
}

#[test]
fn traffic_comes_back_in_steps() {
    let mut bench = Bench::ramping();
    for expected in [0.1, 0.25, 0.5, 1.0] {
        let admitted = (0..4_000).filter(|_| bench.admit().is_ok()).count();
        let share = admitted as f64 / 4_000.0;
        assert!((share - expected).abs() < 0.03, "{share} for {expected}");
        bench.pass(30 * SECOND);
    }
    assert_eq!(bench.name(), "closed");
}

#[test]
fn a_suspected_target_is_closed_by_one_success_and_opened_by_one_fault() {
    for (outcome, expected) in [(Outcome::Success, "closed"), (FAILS, "open")] {
        let mut bench = Bench::new();
        bench.machine.suspect(bench.now);
        assert_eq!(bench.name(), "half_open");
        let probe = bench.admit().unwrap();
        assert!(bench.admit().is_err());
        bench.report(probe, outcome);
        assert_eq!(bench.name(), expected);
    }
}

#[test]
fn only_a_closed_target_is_suspected() {
    for mut bench in [Bench::opened(), Bench::half_open(), Bench::ramping()] {
        let before = bench.machine.clone();
        bench.machine.suspect(bench.now);
        assert_eq!(bench.machine, before);
    }
}

#[test]
fn three_faults_in_a_row_end_a_ramp() {
    let mut bench = Bench::ramping();
    bench.pass(95 * SECOND);
    bench.calls(2, FAILS);
    assert_eq!(bench.name(), "ramp");
    bench.calls(1, FAILS);
    assert!(about(10 * SECOND).contains(&bench.open_time()));
}

#[test]
fn a_fifth_of_ten_results_ends_a_ramp() {
    let mut bench = Bench::ramping();
    bench.pass(95 * SECOND);
    bench.calls(1, FAILS);
    bench.calls(8, Outcome::Success);
    assert_eq!(bench.name(), "ramp");
    bench.calls(1, FAILS);
    assert_eq!(bench.name(), "open");
}

#[test]
fn results_of_a_thousand_old_calls_change_nothing() {
    let mut bench = Bench::new();
    let old: Vec<_> = (0..1_000).map(|_| bench.admit().unwrap()).collect();
    bench.calls(5, FAILS);
    bench.pass(bench.open_time());
    assert_eq!(bench.name(), "half_open");
    let before = bench.machine.clone();
    for (n, ticket) in old.into_iter().enumerate() {
        bench.report(ticket, [Outcome::Success, FAILS][n % 2]);
    }
    assert_eq!(bench.machine, before);
}

#[test]
fn calls_let_through_anyway_are_evidence_like_probes() {
    let mut bench = Bench::opened();
    assert!(bench.admit().is_err());
    let until = bench.open_time();
    for outcome in [
        Outcome::Success,
        Outcome::Success,
        FAILS,
        Outcome::Success,
        Outcome::Success,
    ] {
        let ticket = bench.admit_anyway().unwrap();
        bench.report(ticket, outcome);
    }
    assert_eq!((bench.name(), bench.open_time()), ("open", until));
    let ticket = bench.admit_anyway().unwrap();
    bench.report(ticket, Outcome::Success);
    assert_eq!(bench.name(), "ramp");
}

#[test]
fn a_rate_limit_passes_calls_over_until_its_later_reset_and_is_no_fault() {
    let mut bench = Bench::new();
    let throttle = |secs| Outcome::Throttle {
        hint: Some(secs * SECOND),
    };
    let (first, second) = (bench.admit().unwrap(), bench.admit().unwrap());
    bench.report(first, throttle(60));
    bench.report(second, throttle(5));
    assert_eq!(bench.admit().unwrap_err(), Refusal::Saturated(60 * SECOND));
    assert_eq!(
        bench.admit_anyway().unwrap_err(),
        Refusal::Saturated(60 * SECOND)
    );
    assert_eq!(bench.name(), "closed");
    bench.pass(60 * SECOND);
    assert!(bench.admit().is_ok());
}

#[test]
fn a_rate_limit_without_a_hint_is_waited_for_from_the_second_on() {
    let mut bench = Bench::new();
    let throttle = Outcome::Throttle { hint: None };
    bench.calls(1, throttle);
    for expected in [1, 2, 4, 8, 16, 30, 30] {
        bench.calls(1, throttle);
        assert_eq!(bench.machine.saturated(bench.now), Some(expected * SECOND));
        bench.pass(expected * SECOND);
    }
    bench.calls(1, Outcome::Success);
    bench.calls(1, throttle);
    assert!(bench.admit().is_ok());
}

#[test]
fn an_operator_overrules_the_breaker_in_both_directions() {
    let mut bench = Bench::new();
    bench.machine.force(Forced::Open);
    assert_eq!(bench.admit_anyway().unwrap_err(), Refusal::Open(None));

    bench.machine.force(Forced::Closed);
    bench.calls(100, FAILS);
    assert!(bench.admit().is_ok());

    bench.machine.force(Forced::Auto);
    assert_eq!(bench.name(), "open");
    assert!(bench.admit().is_err());
}

#[test]
fn a_stall_opens_only_what_carries_traffic() {
    let stalled = |mut bench: Bench| {
        bench
            .machine
            .stalled(&bench.config, &bench.chance, bench.now)
    };
    assert!(stalled(Bench::new()));
    assert!(stalled(Bench::ramping()));
    assert!(!stalled(Bench::opened()));
    assert!(!stalled(Bench::half_open()));
}

#[test]
fn no_number_an_operator_may_configure_makes_it_panic() {
    let mut bench = Bench::new();
    bench.config.open_time = Duration::MAX;
    bench.config.open_cap = Duration::MAX;
    bench.config.hint_cap = Duration::MAX;
    bench.config.window = Duration::ZERO;
    bench.config.forgive = Duration::ZERO;
    bench.config.ramp_step = Duration::ZERO;
    bench.config.ramp = Vec::new();
    bench.config.jitter = f64::NAN;
    bench.config.consecutive = 0;
    bench.config.probes = 0;
    let hint = Some(Duration::MAX);
    for outcome in [
        Outcome::Fault { halves: 2, hint },
        Outcome::Success,
        FAILS,
        Outcome::Success,
    ] {
        bench.calls(3, outcome);
        bench.pass(25 * 60 * MINUTE);
    }
}

#[test]
fn a_missing_sign_of_life_keeps_it_open_for_a_while_and_not_for_ever() {
    let mut bench = Bench::opened();
    bench.keep_open(30 * SECOND);
    assert_eq!(bench.open_time(), 30 * SECOND);
    bench.keep_open(10 * SECOND);
    assert_eq!(bench.open_time(), 30 * SECOND, "it is never made shorter");

    for _ in 0..30 {
        bench.pass(29 * SECOND);
        bench.keep_open(30 * SECOND);
    }
    assert_eq!(
        bench.name(),
        "half_open",
        "a call is let through 10 minutes after the opening"
    );
}

#[test]
fn a_missing_sign_of_life_changes_nothing_where_calls_are_let_through() {
    for mut bench in [Bench::new(), Bench::half_open(), Bench::ramping()] {
        let before = bench.machine.clone();
        bench.keep_open(30 * SECOND);
        assert_eq!(bench.machine, before);
    }
}
