//! A few random outages; `cargo xtask swarm` plays a thousand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use outlast_drill::swarm;

#[test]
fn in_no_random_outage_is_anything_left_behind_doubled_or_unbounded() {
    for seed in 0..8 {
        let case = swarm(seed).unwrap();
        assert!(
            case.breaches.is_empty(),
            "seed {seed}: {:?}\n{}",
            case.breaches,
            case.scenario
        );
    }
}
