//! What holds of the state machine whatever happens.

use std::time::Duration;

use proptest::prelude::*;

use super::{Bench, FAILS, MINUTE, SECOND};
use crate::breaker::state::{Asked, FAULT, Outcome};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A call arrives.
    Call { anyway: bool },
    /// The call under way that is `which` of all (of those that are left, counted round) ends.
    End { which: usize, outcome: Outcome },
    /// Calls hang.
    Stall,
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let hint = || proptest::option::of((0_u64..2_000).prop_map(Duration::from_secs));
    prop_oneof![
        4 => Just(Outcome::Success),
        4 => (1..=FAULT, hint()).prop_map(|(halves, hint)| Outcome::Fault { halves, hint }),
        1 => hint().prop_map(|hint| Outcome::Throttle { hint }),
        1 => Just(Outcome::Nothing),
        1 => Just(Outcome::AccountDown { least: 10 * MINUTE }),
        1 => Just(Outcome::Down { least: MINUTE }),
    ]
}

fn history(outcome: impl Strategy<Value = Outcome>) -> impl Strategy<Value = Vec<(u64, Step)>> {
    let step = prop_oneof![
        8 => any::<bool>().prop_map(|anyway| Step::Call { anyway }),
        8 => (any::<usize>(), outcome).prop_map(|(which, outcome)| Step::End { which, outcome }),
        1 => Just(Step::Stall),
    ];
    // Mostly short gaps, and now and then a long one.
    let gap_ms = prop_oneof![8 => 0_u64..2_000, 1 => 0_u64..400_000];
    proptest::collection::vec((gap_ms, step), 0..120)
}

impl Bench {
    /// Plays `history`, and shows `look` the machine after each step.
    fn play(&mut self, history: Vec<(u64, Step)>, mut look: impl FnMut(&mut Self)) {
        let mut under_way = Vec::new();
        for (gap_ms, step) in history {
            self.pass(Duration::from_millis(gap_ms));
            match step {
                Step::Call { anyway } => {
                    let asked = if anyway {
                        Asked::Anyway
                    } else {
                        Asked::Plainly
                    };
                    let admitted = self
                        .machine
                        .admit(&self.config, &self.chance, self.now, asked);
                    under_way.extend(admitted);
                }
                Step::End { which, outcome } if !under_way.is_empty() => {
                    let ticket = under_way.swap_remove(which % under_way.len());
                    self.report(ticket, outcome);
                }
                Step::End { .. } => {}
                Step::Stall => {
                    self.machine.stalled(&self.config, &self.chance, self.now);
                }
            }
            look(self);
        }
        // Whoever is left goes away.
        for ticket in under_way {
            self.report(ticket, Outcome::Nothing);
        }
    }
}

proptest! {
    #[test]
    fn successes_alone_never_open_it(
        history in history(prop_oneof![Just(Outcome::Success), Just(Outcome::Nothing)]),
    ) {
        let mut bench = Bench::new();
        let calm = history.into_iter().filter(|(_, step)| !matches!(step, Step::Stall)).collect();
        bench.play(calm, |bench| assert_eq!(bench.name(), "closed"));
    }

    #[test]
    fn an_open_target_is_always_asked_again_in_time(history in history(outcome())) {
        let mut bench = Bench::new();
        // The cap of a quiet target and a fifth, or the longest time that is believed: a hint of 10 minutes.
        let longest = (300 * SECOND).mul_f64(1.2).max(10 * MINUTE);
        bench.play(history, |bench| {
            let wait = bench.machine.next_probe(bench.now).unwrap_or_default();
            assert!(wait <= longest, "{wait:?}");
        });
        // An hour's saturation apart, a call is let through as soon as that time is over.
        let saturated = bench.machine.saturated(bench.now).unwrap_or_default();
        let wait = bench.machine.next_probe(bench.now).unwrap_or_default();
        bench.pass(saturated.max(wait));
        // A tenth of the calls at least goes to a target that is not trusted whole.
        prop_assert!((0..300).any(|_| bench.admit().is_ok()));
    }

    #[test]
    fn the_share_is_one_and_an_old_epoch_changes_nothing(history in history(outcome())) {
        let mut bench = Bench::new();
        let first = bench.admit().unwrap();
        bench.play(history, |bench| {
            let share = bench.machine.share(&bench.config, bench.now);
            assert!((0.0..=1.0).contains(&share));
            if bench.machine.epoch() > 0 {
                let before = bench.machine.clone();
                for outcome in [Outcome::Success, FAILS, Outcome::Down { least: MINUTE }] {
                    bench.report(first, outcome);
                }
                assert_eq!(bench.machine, before);
            }
        });
    }

    #[test]
    fn a_target_that_has_healed_is_closed_again_in_time(history in history(outcome())) {
        let mut bench = Bench::new();
        bench.play(history, |_| {});
        let saturated = bench.machine.saturated(bench.now).unwrap_or_default();
        bench.pass(saturated);
        // The rest of an open time, three probes, and a ramp of 120 s.
        // It takes four times as long where the target flaps.
        for _ in 0..(600 + 4 * 120 + 10) {
            bench.calls(1, Outcome::Success);
            bench.pass(SECOND);
        }
        prop_assert_eq!(bench.name(), "closed");
    }
}
