//! Outages, played.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use outlast_drill::{Figures, Policy, Run, Scenario, play};

/// Two minutes of health, four of trouble, four of health.
fn scenario(trouble: &str) -> Scenario {
    Scenario::parse(&format!(
        r#"
        name = "short"
        title = "A short one."
        requests_per_second = 3
        lasts = "10m"
        outage = {{ from = "2m", until = "6m" }}

        [[provider]]
        name = "primary"
        api = "openai"
        model = "sim-gpt"
        price = {{ input = "1", output = "2" }}
        [provider.script.answer]
        words = 8
        first_token = "300ms"
        spread = 0.5
        gap = "10ms"
        [[provider.script.rule]]
        from = "2m"
        until = "6m"
        {trouble}

        [[provider]]
        name = "fallback"
        api = "anthropic"
        model = "sim-claude"
        [provider.script.answer]
        words = 8
        first_token = "300ms"
        spread = 0.5
        gap = "10ms"
        "#
    ))
    .unwrap()
}

fn run(trouble: &str, policy: &Policy) -> (Figures, Run) {
    let scenario = scenario(trouble);
    let run = play(&scenario, policy, |_| {}).unwrap();
    (Figures::of(&scenario, &run), run)
}

#[test]
fn an_outage_that_everybody_else_sees_is_not_seen_through_outlast() {
    for trouble in ["status = 503", "hang = true", "connection = \"refuse\""] {
        let (ours, seen) = run(trouble, &Policy::Ours);
        let wrong: Vec<_> = seen.seen.iter().filter(|seen| !seen.is_right()).collect();
        assert!(wrong.is_empty(), "{trouble}: {wrong:?}");
        assert_eq!((ours.tokens_lost, ours.tokens_doubled), (0, 0), "{trouble}");
        let share = ours.primary_calls_in_outage as f64 / ours.requests_in_outage as f64;
        assert!(share < 0.1, "{trouble}: {share}");
        let (none, _) = run(trouble, &Policy::None);
        assert_eq!(
            none.primary_calls_in_outage, none.requests_in_outage,
            "{trouble}"
        );
        assert!(none.user_errors >= none.requests_in_outage, "{trouble}");
    }
}

#[test]
fn the_rules_of_others_are_played_too() {
    let (sdk, _) = run("status = 503", &Policy::Sdk);
    // The last retries of the last requests come when the outage is over.
    assert!(sdk.primary_calls_in_outage > 29 * sdk.requests_in_outage / 10);
    let (router, _) = run("status = 503", &Policy::LiteLlm);
    assert_eq!(router.user_errors, 0);
    assert!(router.ttft_p50_ms_in_outage > Some(2_000.0));
}

#[test]
fn one_seed_is_one_run() {
    let (first, _) = run("probability = 0.5\nhang = true", &Policy::Ours);
    let (again, _) = run("probability = 0.5\nhang = true", &Policy::Ours);
    assert_eq!(first, again);
    let other = scenario("probability = 0.5\nhang = true").with_seed(8);
    let other = play(&other, &Policy::Ours, |_| {}).unwrap();
    assert_ne!(first.fingerprint, other.fingerprint());
}

#[test]
fn every_call_has_its_price() {
    let (figures, run) = run("status = 503", &Policy::None);
    let answered = run.calls.iter().filter(|call| call.status == Some(200));
    assert!(
        answered
            .clone()
            .all(|call| call.cost > outlast::Money::ZERO)
    );
    assert!(
        run.calls
            .iter()
            .filter(|call| call.status == Some(503))
            .all(|call| call.cost == outlast::Money::ZERO)
    );
    assert!(figures.cost_usd > 0.0);
}
