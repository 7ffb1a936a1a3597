//! What holds of incidents whatever happens.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::collections::BTreeMap;

use outlast_monitor::{AlertPhase, Notice, Subject};
use outlast_tower::Cause;
use outlast_types::ErrorKind;
use proptest::prelude::*;
use support::{Desk, MINUTE, SECOND};

const NAMES: [&str; 3] = ["a", "b", "c"];

const DOORS: [&str; 6] = [
    "closed",
    "open",
    "half_open",
    "ramp",
    "forced_open",
    "forced_closed",
];

const KINDS: [ErrorKind; 5] = [
    ErrorKind::Server,
    ErrorKind::Connect,
    ErrorKind::ConnectTimeout,
    ErrorKind::Unauthenticated,
    ErrorKind::QuotaExhausted,
];

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Door(usize, usize, usize, bool),
    Fail(usize, usize),
    Serve(usize),
    FailOver(usize, usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3usize, 0..6usize, 0..5usize, any::<bool>())
            .prop_map(|(name, door, kind, refused)| Step::Door(name, door, kind, refused)),
        3 => (0..3usize, 0..5usize).prop_map(|(name, kind)| Step::Fail(name, kind)),
        2 => (0..3usize).prop_map(Step::Serve),
        1 => (0..3usize, 0..3usize).prop_map(|(from, to)| Step::FailOver(from, to)),
        3 => (0..900u64).prop_map(Step::Pass),
    ]
}

fn play(desk: &mut Desk, steps: &[Step]) {
    for step in steps {
        match *step {
            Step::Door(name, door, kind, refused) => {
                let (door, kind) = (DOORS[door], KINDS[kind]);
                let cause = match door {
                    "open" if refused => Some(Cause::Refused(kind)),
                    "open" => Some(Cause::Failures(kind)),
                    "forced_open" | "forced_closed" => Some(Cause::Ordered),
                    _ => None,
                };
                desk.door(NAMES[name], door, cause);
            }
            Step::Fail(name, kind) => desk.fail(NAMES[name], KINDS[kind]),
            Step::Serve(name) => desk.serve(NAMES[name], 1),
            Step::FailOver(from, to) => desk.fail_over(NAMES[from], NAMES[to]),
            Step::Pass(seconds) => desk.pass(SECOND * seconds as u32),
        }
        check_open(desk);
    }
}

/// No target has two open incidents of its breaker, and nothing has two of the same kind.
fn check_open(desk: &Desk) {
    let mut of_targets = BTreeMap::new();
    let mut all = BTreeMap::new();
    for incident in desk.book.open() {
        assert!(incident.is_open());
        if incident.kind.is_of_target() {
            *of_targets.entry(incident.subject.clone()).or_insert(0) += 1;
        }
        let key = (incident.kind, incident.subject.clone());
        *all.entry(key).or_insert(0) += 1;
    }
    assert!(
        of_targets.values().all(|count| *count == 1),
        "{of_targets:?}"
    );
    assert!(all.values().all(|count| *count == 1), "{all:?}");
}

/// Each incident is told of once at most, and its end only if its beginning was.
fn check_alerts(desk: &Desk) {
    let mut told: BTreeMap<&str, Vec<AlertPhase>> = BTreeMap::new();
    for alert in desk.alerts() {
        told.entry(&alert.incident.id)
            .or_default()
            .push(alert.phase);
    }
    for (id, phases) in told {
        let fits = matches!(
            phases.as_slice(),
            [AlertPhase::Opened] | [AlertPhase::Opened, AlertPhase::Resolved]
        );
        assert!(fits, "{id}: {phases:?}");
    }
}

/// What has begun ends once, and nothing ends that has not begun.
fn check_ends(desk: &Desk) {
    let mut open: BTreeMap<String, u32> = BTreeMap::new();
    for notice in &desk.notices {
        match notice {
            Notice::Opened(incident) => {
                assert_eq!(open.insert(incident.id.to_string(), 1), None);
            }
            Notice::Resolved(incident) => {
                assert_eq!(open.remove(&*incident.id), Some(1), "{}", incident.id);
            }
            _ => {}
        }
    }
    assert_eq!(open.len(), desk.book.open().count());
}

proptest! {
    #[test]
    fn no_target_has_two_incidents_and_no_incident_more_than_two_alerts(
        steps in proptest::collection::vec(step(), 1..200),
    ) {
        let mut desk = Desk::of(&NAMES);
        play(&mut desk, &steps);
        check_alerts(&desk);
        check_ends(&desk);
        prop_assert!(desk.book.past().count() <= 64);
    }

    #[test]
    fn everything_is_over_five_minutes_after_all_is_well(
        steps in proptest::collection::vec(step(), 1..100),
    ) {
        let mut desk = Desk::of(&NAMES);
        play(&mut desk, &steps);
        for name in NAMES {
            desk.door(name, "closed", None);
            desk.serve(name, 1);
        }
        desk.pass(5 * MINUTE);
        let left: Vec<_> = desk
            .book
            .open()
            .filter(|incident| incident.kind != outlast_monitor::IncidentKind::Flapping)
            .collect();
        prop_assert!(left.is_empty(), "{:?}", left);
        // Whether a target still flaps is seen half an hour after its last trips.
        desk.pass(35 * MINUTE);
        prop_assert_eq!(desk.book.open().count(), 0);
        check_alerts(&desk);
        check_ends(&desk);
    }

    #[test]
    fn a_target_that_stays_down_is_always_told_of(
        steps in proptest::collection::vec(step(), 0..60),
        kind in 0..5usize,
    ) {
        let mut desk = Desk::of(&NAMES);
        play(&mut desk, &steps);
        desk.door("a", "closed", None);
        desk.serve("b", 1);
        desk.door("a", "open", Some(Cause::Failures(KINDS[kind])));
        desk.pass(3 * MINUTE);
        desk.serve("b", 1);
        desk.pass(40 * MINUTE);
        let of_a = Subject::Target(support::target("a"));
        let open: Vec<_> = desk.book.open().filter(|incident| {
            incident.kind.is_of_target() && incident.subject == of_a
        }).cloned().collect();
        prop_assert_eq!(open.len(), 1);
        let told = desk.alerts().into_iter().any(|alert| {
            alert.phase == AlertPhase::Opened && alert.incident.id == open[0].id
        });
        prop_assert!(told, "{:?}", open[0]);
    }
}
