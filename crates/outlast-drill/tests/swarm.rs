//! A few random outages; `cargo xtask swarm` plays a thousand.

use outlast_drill::swarm;

#[test]
fn in_no_random_outage_is_anything_left_behind_doubled_or_unbounded() {
    for seed in 0..6 {
        let case = swarm(seed).unwrap();
        assert!(
            case.breaches.is_empty(),
            "seed {seed}: {:?}\n{}",
            case.breaches,
            case.scenario
        );
    }
}
