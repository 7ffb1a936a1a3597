//! Incidents on their own, with time passed in.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use outlast_monitor::AlertPhase::{Opened, Resolved};
use outlast_monitor::IncidentKind::{
    CostAmplification, EgressDown, Flapping, KeyDisabled, NoRedundancyLeft, Panic, QuotaExhausted,
    ResumeRate, TargetDown,
};
use outlast_tower::{Cause, StackEvent};
use outlast_types::ErrorKind;
use support::{Desk, MINUTE, SECOND, start, target};

#[test]
fn an_outage_is_one_incident_with_one_alert_at_its_beginning_and_one_at_its_end() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for _ in 0..5 {
        desk.fail("a", ErrorKind::Overloaded);
    }
    desk.trip("a", ErrorKind::Overloaded);
    for _ in 0..260 {
        desk.pass(MINUTE);
        desk.door("a", "half_open", None);
        desk.fail("a", ErrorKind::Server);
        desk.trip("a", ErrorKind::Server);
    }
    assert_eq!(desk.told(), [(TargetDown, Opened)]);
    desk.recover("a");
    desk.pass(5 * MINUTE - SECOND);
    assert_eq!(desk.told(), [(TargetDown, Opened)]);
    desk.pass(SECOND);
    assert_eq!(desk.told(), [(TargetDown, Opened), (TargetDown, Resolved)]);

    let resolved = &desk.alerts()[1].incident;
    assert_eq!(
        resolved.failures.by_count(),
        [(ErrorKind::Server, 260), (ErrorKind::Overloaded, 5)]
    );
    assert_eq!(resolved.trips, 1);
    assert_eq!(resolved.until, Some(start() + 265 * MINUTE));
    assert_eq!(desk.book.past().count(), 1);
    assert_eq!(desk.book.open().count(), 0);
}

#[test]
fn a_relapse_within_five_minutes_belongs_to_the_same_incident() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    desk.trip("a", ErrorKind::Server);
    for _ in 0..2 {
        desk.recover("a");
        desk.pass(4 * MINUTE);
        desk.trip("a", ErrorKind::Server);
        desk.pass(MINUTE);
    }
    assert_eq!(desk.incident(TargetDown).trips, 3);
    assert_eq!(desk.told(), [(TargetDown, Opened)]);
}

#[test]
fn an_alert_says_how_much_of_the_traffic_moved_and_when_the_next_probe_is() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    desk.trip("a", ErrorKind::Server);
    let incident = desk.incident(TargetDown);
    assert_eq!(incident.next_probe, Some(start() + 5 * SECOND));
    for _ in 0..9 {
        desk.fail_over("a", "b");
        desk.serve("b", 1);
    }
    desk.serve("a", 1);
    assert_eq!(desk.incident(TargetDown).share_moved(), Some(0.9));
}

#[test]
fn failures_long_before_an_incident_do_not_belong_to_it() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    desk.fail("a", ErrorKind::Malformed);
    desk.pass(2 * MINUTE);
    desk.fail("a", ErrorKind::Server);
    desk.trip("a", ErrorKind::Server);
    let failures = desk.incident(TargetDown).failures.by_count();
    assert_eq!(failures, [(ErrorKind::Server, 1)]);
}

#[test]
fn a_key_and_a_bill_have_names_of_their_own() {
    let mut desk = Desk::of(&["a", "b", "c", "d"]);
    let refused = |kind| Some(Cause::Refused(kind));
    desk.door("a", "open", refused(ErrorKind::Unauthenticated));
    desk.door("b", "open", refused(ErrorKind::QuotaExhausted));
    assert_eq!(desk.open(), [KeyDisabled, QuotaExhausted]);
    desk.trip("c", ErrorKind::Unauthenticated);
    assert_eq!(
        desk.open()[2],
        TargetDown,
        "a key that worked a moment ago is not at fault"
    );
}

#[test]
fn a_target_that_fails_again_and_again_is_told_of_once() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for _ in 0..10 {
        desk.trip("a", ErrorKind::Server);
        desk.pass(MINUTE);
        desk.recover("a");
        desk.pass(6 * MINUTE);
    }
    let told = [
        (TargetDown, Opened),
        (TargetDown, Resolved),
        (TargetDown, Opened),
        (TargetDown, Resolved),
        (TargetDown, Opened),
        (TargetDown, Resolved),
        (Flapping, Opened),
    ];
    assert_eq!(desk.told(), told);
    desk.pass(60 * MINUTE);
    assert_eq!(desk.told()[7..], [(Flapping, Resolved)]);
    assert_eq!(desk.book.open().count(), 0);
}

#[test]
fn an_outage_of_a_target_that_flapped_is_told_of_once_it_no_longer_comes_back() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for _ in 0..4 {
        desk.trip("a", ErrorKind::Server);
        desk.recover("a");
        desk.pass(6 * MINUTE);
    }
    desk.trip("a", ErrorKind::Server);
    let before = desk.told().len();
    desk.pass(60 * MINUTE);
    let later = &desk.told()[before..];
    assert_eq!(later, [(TargetDown, Opened), (Flapping, Resolved)]);
}

#[test]
fn the_last_target_of_a_route_and_no_target_at_all_are_told_of_at_once() {
    let mut desk = Desk::of(&["a", "b"]);
    desk.trip("a", ErrorKind::Server);
    assert_eq!(
        desk.told(),
        [(TargetDown, Opened), (NoRedundancyLeft, Opened)]
    );
    desk.trip("b", ErrorKind::Overloaded);
    assert_eq!(desk.told()[2..], [(TargetDown, Opened), (Panic, Opened)]);
    assert_eq!(desk.incident(Panic).subject.to_string(), "route default");
    desk.recover("a");
    desk.recover("b");
    desk.pass(5 * MINUTE);
    assert_eq!(desk.told().len(), 8);
    assert!(desk.open().is_empty());
}

#[test]
fn an_operator_who_drains_a_target_is_told_that_redundancy_is_gone_and_of_no_outage() {
    let mut desk = Desk::of(&["a", "b"]);
    desk.door("a", "forced_open", Some(Cause::Ordered));
    assert_eq!(desk.told(), [(NoRedundancyLeft, Opened)]);
    desk.door("a", "closed", Some(Cause::Ordered));
    desk.pass(5 * MINUTE);
    assert_eq!(desk.told()[1..], [(NoRedundancyLeft, Resolved)]);
}

#[test]
fn one_alert_says_that_our_own_network_is_down_and_no_more() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for _ in 0..5 {
        for name in ["a", "b", "c"] {
            desk.fail(name, ErrorKind::Connect);
        }
    }
    for name in ["a", "b", "c"] {
        desk.trip(name, ErrorKind::Connect);
    }
    desk.pass(20 * MINUTE);
    assert_eq!(desk.told(), [(EgressDown, Opened)]);

    desk.serve("a", 1);
    for name in ["a", "b", "c"] {
        desk.recover(name);
    }
    desk.pass(10 * MINUTE);
    assert_eq!(desk.told()[1..], [(EgressDown, Resolved)]);
    assert!(desk.open().is_empty());
}

#[test]
fn a_target_that_does_not_come_back_with_the_network_is_told_of_then() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for name in ["a", "b", "c"] {
        desk.fail(name, ErrorKind::ConnectTimeout);
        desk.trip(name, ErrorKind::ConnectTimeout);
    }
    desk.pass(MINUTE);
    desk.serve("b", 1);
    desk.recover("b");
    desk.recover("c");
    desk.pass(3 * MINUTE);
    assert_eq!(desk.told(), [(EgressDown, Opened), (TargetDown, Opened)]);
    assert_eq!(
        desk.alerts()[1].incident.subject.to_string(),
        target("a").to_string()
    );
}

#[test]
fn one_provider_that_cannot_be_reached_is_told_of_after_ten_seconds() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for _ in 0..5 {
        desk.fail("a", ErrorKind::Connect);
        desk.serve("b", 2);
    }
    desk.trip("a", ErrorKind::Connect);
    desk.pass(9 * SECOND);
    assert!(desk.told().is_empty());
    desk.pass(SECOND);
    assert_eq!(desk.told(), [(TargetDown, Opened)]);
}

#[test]
fn with_one_provider_alone_its_network_and_ours_cannot_be_told_apart_and_nobody_waits() {
    let mut desk = Desk::of(&["a"]);
    desk.fail("a", ErrorKind::Connect);
    desk.trip("a", ErrorKind::Connect);
    assert_eq!(desk.told(), [(TargetDown, Opened)]);
}

#[test]
fn too_many_upstream_calls_are_told_of_with_their_figure() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for call in 0..200 {
        desk.serve("a", if call % 5 == 0 { 2 } else { 1 });
    }
    desk.pass(MINUTE);
    assert_eq!(desk.told(), [(CostAmplification, Opened)]);
    assert_eq!(desk.incident(CostAmplification).figure, Some(1.2));
    desk.pass(16 * MINUTE);
    assert_eq!(desk.told()[1..], [(CostAmplification, Resolved)]);
}

#[test]
fn a_few_calls_say_nothing_about_rates() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for _ in 0..99 {
        desk.serve("a", 4);
    }
    desk.pass(20 * MINUTE);
    assert!(desk.told().is_empty());
}

#[test]
fn streams_that_break_too_often_are_told_of() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for call in 0..150 {
        if call % 50 == 0 {
            desk.tell(&StackEvent::Resumed {
                from: target("a"),
                to: target("b"),
                kind: ErrorKind::StreamBroken,
                offset: 10,
            });
        }
        desk.serve("a", 1);
    }
    desk.pass(MINUTE);
    assert_eq!(desk.told(), [(ResumeRate, Opened)]);
    assert_eq!(desk.incident(ResumeRate).figure, Some(0.02));
}

#[test]
fn ids_of_calls_are_kept_if_they_are_plain_and_three_at_most() {
    let mut desk = Desk::of(&["a", "b", "c"]);
    for id in ["req_1", "<!channel>", "req_2", "req_3", "req_4"] {
        desk.tell(&StackEvent::Failed {
            target: target("a"),
            kind: ErrorKind::Server,
            sent: outlast_types::Sent::Yes,
            request_id: Some(id.into()),
        });
    }
    desk.trip("a", ErrorKind::Server);
    let ids = desk.incident(TargetDown).call_ids.clone();
    assert_eq!(
        ids,
        ["req_1".into(), "req_2".into()] as [std::sync::Arc<str>; 2]
    );
}

#[test]
fn routes_with_the_same_targets_share_an_alert() {
    use outlast_monitor::{Book, IncidentConfig, Topology};
    let topology = Topology::default()
        .with_target(target("a"), "a.example")
        .with_target(target("b"), "b.example")
        .with_route("default", [target("a"), target("b")])
        .with_route("batch", [target("b"), target("a")])
        .with_route("alone", [target("a")]);
    let mut desk = Desk::of(&["a", "b"]);
    desk.book = Book::new(&topology, IncidentConfig::default(), 1);
    desk.trip("a", ErrorKind::Server);
    let subjects: Vec<_> = desk
        .book
        .open()
        .map(|incident| incident.subject.to_string())
        .collect();
    assert_eq!(subjects, ["a/m", "route default, batch"]);
}
