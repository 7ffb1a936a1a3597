#![expect(
    clippy::disallowed_methods,
    reason = "the limits take `now` from outside; any instant will do here"
)]

use std::time::{Duration, Instant};

use outlast_types::{RateLimit, RateLimits};
use proptest::prelude::*;

use super::AllowanceConfig;
use super::state::Machine;

const SECOND: Duration = Duration::from_secs(1);

fn limits(requests: u64, tokens: u64) -> AllowanceConfig {
    AllowanceConfig::default()
        .with_requests_per_minute(requests)
        .with_tokens_per_minute(tokens)
}

fn told(limit: Option<u64>, remaining: u64, reset: Option<Duration>) -> RateLimits {
    let mut one = RateLimit::default();
    one.limit = limit;
    one.remaining = Some(remaining);
    one.reset = reset;
    let mut all = RateLimits::default();
    all.tokens = Some(one);
    all
}

#[test]
fn a_call_over_the_limit_waits_until_the_oldest_is_a_minute_old() {
    let (start, config) = (Instant::now(), limits(2, 1_000));
    let mut machine = Machine::new(start);
    machine.admit(&config, start, 10).unwrap();
    machine.admit(&config, start + 20 * SECOND, 10).unwrap();
    let wait = machine.admit(&config, start + 30 * SECOND, 10).unwrap_err();
    assert_eq!(wait, 35 * SECOND);
    machine.admit(&config, start + 65 * SECOND, 10).unwrap();
}

#[test]
fn what_the_provider_counted_takes_the_place_of_the_guess() {
    let (now, config) = (Instant::now(), limits(100, 1_000));
    let mut machine = Machine::new(now);
    let ticket = machine.admit(&config, now, 900).unwrap();
    machine.admit(&config, now, 200).unwrap_err();
    machine.settle(ticket, 300, now);
    machine.admit(&config, now, 200).unwrap();
    assert_eq!(machine.headroom(&config, now), Some(0.5));
}

#[test]
fn a_call_that_was_not_made_gives_everything_back() {
    let (now, config) = (Instant::now(), limits(1, 1_000));
    let mut machine = Machine::new(now);
    let ticket = machine.admit(&config, now, 1_000).unwrap();
    machine.release(ticket, now);
    assert_eq!(machine.headroom(&config, now), Some(1.0));
    machine.admit(&config, now, 1_000).unwrap();
}

#[test]
fn a_call_larger_than_the_whole_limit_is_made_alone() {
    let (now, config) = (Instant::now(), limits(100, 1_000));
    let mut machine = Machine::new(now);
    machine.admit(&config, now, 5_000).unwrap();
    machine.admit(&config, now, 1).unwrap_err();
    let later = now + 65 * SECOND;
    machine.admit(&config, later, 1).unwrap();
    machine.admit(&config, later, 5_000).unwrap_err();
}

#[test]
fn the_provider_s_reading_goes_down_with_each_call_and_is_forgotten_at_its_reset() {
    let (now, config) = (Instant::now(), AllowanceConfig::default());
    let mut machine = Machine::new(now);
    assert_eq!(machine.headroom(&config, now), None);
    machine.told(&told(Some(1_000), 100, Some(30 * SECOND)), now);
    assert_eq!(machine.headroom(&config, now), Some(0.1));
    machine.admit(&config, now, 60).unwrap();
    assert_eq!(machine.headroom(&config, now), Some(0.04));
    machine.admit(&config, now, 60).unwrap();
    assert_eq!(machine.headroom(&config, now), Some(0.0));
    assert_eq!(machine.headroom(&config, now + 30 * SECOND), None);
}

#[test]
fn a_reading_without_a_reset_is_stale_after_two_windows() {
    let (now, config) = (Instant::now(), AllowanceConfig::default());
    let mut machine = Machine::new(now);
    machine.told(&told(None, 0, None), now);
    assert_eq!(machine.headroom(&config, now + 119 * SECOND), Some(0.0));
    assert_eq!(machine.headroom(&config, now + 120 * SECOND), None);
}

/// Asks for `per_second` calls a second until `end` seconds, and returns how many went through.
fn ask(
    machine: &mut Machine,
    start: Instant,
    seconds: std::ops::Range<u32>,
    per_second: u32,
) -> u32 {
    let mut through = 0;
    for second in seconds {
        for part in 0..per_second {
            let now = start + second * SECOND + SECOND * part / per_second;
            let admitted = machine.admit(&AllowanceConfig::default(), now, 0);
            through += u32::from(admitted.is_ok());
        }
    }
    through
}

#[test]
fn a_wish_for_fewer_calls_cuts_the_rate_to_seven_tenths_for_a_minute() {
    let start = Instant::now();
    let mut machine = Machine::new(start);
    ask(&mut machine, start, 0..20, 10);
    let cut = start + 20 * SECOND;
    let ticket = machine.admit(&AllowanceConfig::default(), cut, 0).unwrap();
    machine.slow_down(ticket, None, cut);
    let through = ask(&mut machine, start, 20..80, 10);
    assert!((400..=430).contains(&through), "{through}");
    // Two seconds and a half later it is where it was, and ten later nobody speaks of it.
    let rate = machine
        .slowed_to(cut + Duration::from_millis(62_000))
        .unwrap();
    assert!((9.5..10.5).contains(&rate), "{rate}");
    assert_eq!(machine.slowed_to(cut + 70 * SECOND), None);
}

#[test]
fn refusals_of_calls_made_before_the_cut_do_not_cut_again() {
    let start = Instant::now();
    let mut machine = Machine::new(start);
    ask(&mut machine, start, 0..20, 10);
    let now = start + 20 * SECOND;
    let config = AllowanceConfig::default();
    let before: Vec<_> = (0..5)
        .map(|_| machine.admit(&config, now, 0).unwrap())
        .collect();
    for (ms, ticket) in (1..).zip(before) {
        machine.slow_down(ticket, None, now + Duration::from_millis(ms));
    }
    let rate = machine.slowed_to(now + SECOND).unwrap();
    assert!((6.5..7.6).contains(&rate), "{rate}");

    let later = now + 2 * SECOND;
    let after = machine.admit(&config, later, 0).unwrap();
    machine.slow_down(after, None, later);
    let again = machine.slowed_to(later).unwrap();
    assert!((rate * 0.69..rate * 0.71).contains(&again), "{again}");
}

#[test]
fn the_memory_of_a_target_stays_small() {
    assert!(size_of::<Machine>() <= 600, "{}", size_of::<Machine>());
}

proptest! {
    #[test]
    fn no_minute_ever_has_more_than_the_limit(
        steps in prop::collection::vec((0_u64..20_000, 0_u64..400, any::<bool>(), 0_u64..400), 1..200),
        requests in 1_u64..20, tokens in 400_u64..2_000,
    ) {
        let (start, config) = (Instant::now(), limits(requests, tokens));
        let mut machine = Machine::new(start);
        let mut now = start;
        let mut made: Vec<(Instant, u64)> = Vec::new();
        for (ms, guess, settles, less) in steps {
            now += Duration::from_millis(ms);
            let used = guess.saturating_sub(less);
            match machine.admit(&config, now, guess) {
                Ok(ticket) if settles => {
                    machine.settle(ticket, used, now);
                    made.push((now, used));
                }
                Ok(_) => made.push((now, guess)),
                Err(wait) => {
                    prop_assert!(wait > Duration::ZERO && wait <= 65 * SECOND);
                    // The wait is enough.
                    let mut then = machine.clone();
                    prop_assert!(then.admit(&config, now + wait, guess).is_ok());
                }
            }
            let minute = made.iter().filter(|(at, _)| now - *at < 60 * SECOND);
            let (count, sum) = minute.fold((0, 0), |(n, sum), (_, used)| (n + 1, sum + used));
            prop_assert!(count <= requests && sum <= tokens, "{count} {sum}");
            let headroom = machine.headroom(&config, now).unwrap();
            prop_assert!((0.0..=1.0).contains(&headroom));
        }
    }

    #[test]
    fn a_target_that_was_slowed_down_is_whole_again_within_three_minutes(rate in 1_u32..50, cuts in 1_u32..20) {
        let start = Instant::now();
        let mut machine = Machine::new(start);
        ask(&mut machine, start, 0..15, rate);
        let mut now = start + 15 * SECOND;
        for _ in 0..cuts {
            now += SECOND;
            if let Ok(ticket) = machine.admit(&AllowanceConfig::default(), now, 0) {
                machine.slow_down(ticket, None, now);
            }
            prop_assert!(machine.slowed_to(now).unwrap_or(1.0) > 0.1);
        }
        prop_assert_eq!(machine.slowed_to(now + 180 * SECOND), None);
    }
}
