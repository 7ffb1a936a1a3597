//! A target that fails a part of its calls.

use std::time::Duration;

use super::{Bench, FAILS, MINUTE, SECOND};
use crate::Jitter;
use crate::breaker::state::Outcome;

/// What came of a while of calls.
#[derive(Debug, Default)]
struct Tally {
    made: u32,
    wanted: u32,
    trips: u32,
}

impl Tally {
    fn share(&self) -> f64 {
        f64::from(self.made) / f64::from(self.wanted)
    }
}

/// Calls at a steady rate for `time`, of which `faults` fail by chance.
fn call(bench: &mut Bench, luck: &Jitter, every: Duration, time: Duration, faults: f64) -> Tally {
    let mut tally = Tally::default();
    let end = bench.now + time;
    while bench.now < end {
        bench.pass(every);
        tally.wanted += 1;
        let Ok(ticket) = bench.admit() else { continue };
        tally.made += 1;
        let carried = matches!(bench.name(), "closed" | "ramp");
        let fails = luck.fraction() < faults;
        bench.report(ticket, if fails { FAILS } else { Outcome::Success });
        tally.trips += u32::from(carried && bench.name() == "open");
    }
    tally
}

/// The length of an outage that happened: 4 hours and 23 minutes.
const OUTAGE: Duration = Duration::from_secs(15_780);

#[test]
fn a_target_that_fails_every_fourth_call_loses_half_of_them_and_never_trips() {
    for seed in 7..10 {
        for every in [SECOND, SECOND / 10] {
            let (mut bench, luck) = (Bench::new(), Jitter::seeded(seed));
            call(&mut bench, &luck, every, MINUTE, 0.0);
            let tally = call(&mut bench, &luck, every, OUTAGE, 0.25);
            assert_eq!(tally.trips, 0, "seed {seed}: {tally:?}");
            let share = tally.share();
            assert!((0.4..0.6).contains(&share), "seed {seed}: {share}");
        }
    }
}

#[test]
fn a_target_that_is_well_again_has_all_its_calls_within_five_minutes() {
    for seed in 0..20 {
        let (mut bench, luck) = (Bench::new(), Jitter::seeded(seed));
        call(&mut bench, &luck, SECOND, MINUTE, 0.0);
        call(&mut bench, &luck, SECOND, 10 * MINUTE, 0.3);
        call(&mut bench, &luck, SECOND, 5 * MINUTE, 0.0);
        let share = bench.machine.share(&bench.config, bench.now);
        assert!(share >= 1.0, "seed {seed}: {share}");
    }
}

#[test]
fn a_few_faults_hold_nothing_back() {
    let (mut bench, luck) = (Bench::new(), Jitter::seeded(3));
    let tally = call(&mut bench, &luck, SECOND / 10, 30 * MINUTE, 0.02);
    assert_eq!(tally.made, tally.wanted);
}

#[test]
fn a_target_that_then_fails_for_good_is_still_taken_out() {
    for seed in 0..20 {
        let (mut bench, luck) = (Bench::new(), Jitter::seeded(seed));
        call(&mut bench, &luck, SECOND, MINUTE, 0.0);
        call(&mut bench, &luck, SECOND, 5 * MINUTE, 0.25);
        let tally = call(&mut bench, &luck, SECOND, 3 * MINUTE, 1.0);
        assert!(tally.trips >= 1, "seed {seed}: {tally:?}");
    }
}

#[test]
fn a_call_that_is_held_back_may_come_at_any_time_if_nobody_else_takes_it() {
    use crate::breaker::state::{Asked, Refusal};

    let (mut bench, luck) = (Bench::new(), Jitter::seeded(3));
    call(&mut bench, &luck, SECOND, MINUTE, 0.0);
    call(&mut bench, &luck, SECOND, 2 * MINUTE, 0.3);
    let refusal = (0..100).find_map(|_| bench.admit().err()).unwrap();
    assert_eq!(refusal, Refusal::Open(Some(Duration::ZERO)));
    for asked in [Asked::Alone, Asked::Anyway] {
        let admits = |bench: &mut Bench| {
            let Bench {
                machine,
                config,
                chance,
                now,
            } = bench;
            machine.admit(config, chance, *now, asked).is_ok()
        };
        assert!((0..100).all(|_| admits(&mut bench)));
    }
}

#[test]
fn the_fourth_trip_within_half_an_hour_slows_the_way_back() {
    let mut bench = Bench::new();
    for trip in 1..=4 {
        bench.calls(5, FAILS);
        assert_eq!(bench.name(), "open");
        bench.pass(bench.open_time());
        bench.calls(3, Outcome::Success);
        let steps = if trip < 4 { 4 } else { 16 };
        bench.pass((steps * 30 - 1) * SECOND);
        assert_eq!(bench.name(), "ramp", "trip {trip}");
        bench.pass(SECOND);
        assert_eq!(bench.name(), "closed", "trip {trip}");
    }
}

#[test]
fn a_slow_ramp_takes_a_quarter_of_an_hour_a_step() {
    let mut bench = Bench::ramping();
    bench.config = bench.config.with_slow_ramp();
    for expected in [0.1, 0.15, 0.225, 0.34, 0.51, 0.76] {
        let share = bench.machine.share(&bench.config, bench.now);
        assert!((share - expected).abs() < 1e-9);
        bench.pass(15 * MINUTE);
    }
    assert_eq!(bench.name(), "closed");
}
