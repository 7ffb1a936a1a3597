//! Which calls a rule applies to.

mod support;

use std::time::Duration;

use outlast_sim::Script;
use support::*;
use tokio::time::sleep;

/// Asks once, without a stream, and returns the status.
async fn status(sim: &Provider) -> u16 {
    unary(sim, &question()).await.status()
}

async fn statuses(sim: &Provider, calls: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..calls {
        statuses.push(status(sim).await);
    }
    statuses
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn the_first_rule_that_matches_applies_and_no_other() {
    let script = "
        [[rule]]
        model = \"exempt\"
        [[rule]]
        status = 503
        [[rule]]
        status = 500";
    let sim = sim(Format::Chat, script);
    assert_eq!(status(&sim).await, 503);
    assert_eq!(
        unary(&sim, &question().with_model("exempt")).await.status(),
        200
    );
    assert_eq!(sim.log()[0].rule.as_deref(), Some("rule 2"));
    assert_eq!(sim.log()[1].rule.as_deref(), Some("rule 1"));
    assert_eq!(sim.log()[1].fault, None);
}

#[tokio::test(start_paused = true)]
async fn phases_follow_each_other_from_when_the_script_was_set() {
    let script = "
        [[rule]]
        name = \"errors\"
        from = \"10s\"
        until = \"20s\"
        status = 503
        [[rule]]
        from = \"20s\"
        status = 500";
    let sim = sim(Format::Chat, "");
    sleep(seconds(100)).await;
    sim.set_script(Script::parse(script).unwrap());
    assert_eq!(status(&sim).await, 200);
    sleep(seconds(10)).await;
    assert_eq!(status(&sim).await, 503);
    sleep(seconds(10)).await;
    assert_eq!(status(&sim).await, 500);
    let calls = sim.log();
    assert_eq!(calls[1].rule.as_deref(), Some("errors"));
    assert_eq!(calls[1].at_ms, 110_000);
}

#[tokio::test(start_paused = true)]
async fn times_may_count_from_the_simulator_s_start() {
    let sim = sim(Format::Chat, "");
    sleep(seconds(100)).await;
    let script = "clock = \"start\"\n[[rule]]\nfrom = \"100s\"\nstatus = 503";
    sim.set_script(Script::parse(script).unwrap());
    assert_eq!(status(&sim).await, 503);
}

#[tokio::test(start_paused = true)]
async fn a_flapping_provider_is_healthy_and_faulty_in_turn() {
    let script = "[[rule]]\nflap = { healthy = \"3s\", faulty = \"2s\" }\nstatus = 503";
    let sim = sim(Format::Chat, script);
    let mut seen = Vec::new();
    for _ in 0..10 {
        seen.push(status(&sim).await);
        sleep(seconds(1)).await;
    }
    assert_eq!(seen, [200, 200, 200, 503, 503, 200, 200, 200, 503, 503]);
}

#[tokio::test(start_paused = true)]
async fn flapping_may_begin_later() {
    let script =
        "[[rule]]\nfrom = \"1s\"\nflap = { healthy = \"0s\", faulty = \"2s\" }\nstatus = 503";
    let sim = sim(Format::Chat, script);
    assert_eq!(status(&sim).await, 200);
    sleep(seconds(1)).await;
    assert_eq!(status(&sim).await, 503);
}

#[tokio::test(start_paused = true)]
async fn a_rule_may_be_about_streams_or_about_unary_calls_only() {
    for format in FORMATS {
        let streams = sim(format, "[[rule]]\nonly = \"stream\"\nstatus = 503");
        assert_eq!(unary(&streams, &question()).await.status(), 200);
        assert_eq!(stream(&streams, &question()).await.status(), 503);
        let unaries = sim(format, "[[rule]]\nonly = \"unary\"\nstatus = 503");
        assert_eq!(unary(&unaries, &question()).await.status(), 503);
        assert_eq!(stream(&unaries, &question()).await.status(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_may_be_about_some_models_only() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nmodel = \"big-*\"\nstatus = 503");
        assert_eq!(
            unary(&sim, &question().with_model("big-1")).await.status(),
            503
        );
        assert_eq!(
            unary(&sim, &question().with_model("small-1"))
                .await
                .status(),
            200
        );
    }
}

#[tokio::test(start_paused = true)]
async fn every_third_call_may_fail() {
    let sim = sim(Format::Chat, "[[rule]]\nevery = 3\nstatus = 503");
    assert_eq!(statuses(&sim, 7).await, [200, 200, 503, 200, 200, 503, 200]);
}

#[tokio::test(start_paused = true)]
async fn the_first_two_calls_may_fail_and_then_none() {
    let sim = sim(Format::Chat, "[[rule]]\ntimes = 2\nstatus = 503");
    assert_eq!(statuses(&sim, 4).await, [503, 503, 200, 200]);
}

#[tokio::test(start_paused = true)]
async fn chance_repeats_itself_by_its_seed() {
    let script = |seed| format!("seed = {seed}\n[[rule]]\nprobability = 0.3\nstatus = 503");
    let first = statuses(&sim(Format::Chat, &script(1)), 200).await;
    let second = statuses(&sim(Format::Chat, &script(1)), 200).await;
    let other = statuses(&sim(Format::Chat, &script(2)), 200).await;
    assert_eq!(first, second);
    assert_ne!(first, other);
    let failed = first.iter().filter(|status| **status == 503).count();
    assert!((40..=80).contains(&failed), "{failed} of 200");
}

#[tokio::test(start_paused = true)]
async fn a_probability_of_0_never_applies_and_of_1_always() {
    let script = |p| format!("[[rule]]\nprobability = {p}\nstatus = 503");
    assert_eq!(
        statuses(&sim(Format::Chat, &script("0.0")), 3).await,
        [200; 3]
    );
    assert_eq!(
        statuses(&sim(Format::Chat, &script("1.0")), 3).await,
        [503; 3]
    );
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_rate_get_a_429_and_the_time_to_wait() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\ncapacity = { per_second = 0.5 }");
        assert_eq!(status(&sim).await, 200);
        let exchange = unary(&sim, &question()).await;
        assert_eq!(exchange.status(), 429);
        assert_eq!(
            exchange.error().kind(),
            outlast_types::ErrorKind::RateLimited
        );
        let told = format.tells_the_wait().then_some(seconds(2));
        assert_eq!(exchange.error().retry_after(), told);
        sleep(seconds(2)).await;
        assert_eq!(statuses(&sim, 2).await, [200, 429]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_turned_away_takes_no_room() {
    let sim = sim(Format::Chat, "[[rule]]\ncapacity = { per_second = 2 }");
    assert_eq!(statuses(&sim, 4).await, [200, 200, 429, 429]);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(statuses(&sim, 2).await, [200, 429]);
    sleep(seconds(60)).await;
    assert_eq!(statuses(&sim, 3).await, [200, 200, 429]);
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_concurrent_ones_get_a_429_until_one_ends() {
    let script = "answer = { words = 3, first_token = \"1s\" }\n\
        [[rule]]\ncapacity = { concurrent = 2 }";
    for format in FORMATS {
        let sim = sim(format, script);
        let request = question();
        let (a, b, c) = tokio::join!(
            stream(&sim, &request),
            stream(&sim, &request),
            stream(&sim, &request)
        );
        assert_eq!([a.status(), b.status(), c.status()], [200, 200, 429]);
        let second = format.tells_the_wait().then_some(Duration::from_secs(1));
        assert_eq!(c.error().retry_after(), second);
        assert_eq!(status(&sim).await, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn capacity_may_end_in_another_fault_and_leaves_the_rest_to_later_rules() {
    let script = "
        [[rule]]
        capacity = { per_second = 1 }
        status = 529
        [[rule]]
        headers = { x-rule = \"second\" }";
    let sim = sim(Format::Messages, script);
    let first = unary(&sim, &question()).await;
    assert_eq!(
        (first.status(), first.header("x-rule")),
        (200, Some("second"))
    );
    assert_eq!(status(&sim).await, 529);
}
