//! Rows 81 to 92: what takes minutes and hours.

use std::time::Duration;

use crate::seen::{Seen, chat, stream};
use crate::support::World;

fn always(fault: &str) -> String {
    format!("[[rule]]\n{fault}")
}

/// Asks once a second, so many times.
async fn every_second(world: &World, client: &outlast::Client, seconds: usize) -> Vec<Seen> {
    let mut all = Vec::new();
    for _ in 0..seconds {
        let seen = chat(client).await;
        seen.is_whole_from(&from(&seen), &world.text());
        all.push(seen);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    all
}

fn from(seen: &Seen) -> String {
    match &seen.ending {
        Ok(whole) => whole.from.clone(),
        Err(error) => panic!("{seen}: {error}"),
    }
}

#[tokio::test(start_paused = true)]
async fn row_83_the_second_wave_is_noticed_as_fast_as_the_first() {
    let script = "[[rule]]\nstatus = 503\nuntil = \"44m\"\n\
        [[rule]]\nstatus = 503\nfrom = \"104m\"\nuntil = \"119m\"\n";
    let world = World::new(script, "");
    let client = world.client();
    let first = every_second(&world, &client, 60).await;
    tokio::time::sleep(Duration::from_secs(43 * 60)).await;
    every_second(&world, &client, 3_600 - 120).await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    let second = every_second(&world, &client, 120).await;
    let failed = |wave: &[Seen]| {
        wave.iter()
            .filter(|seen| seen.ledger().starts_with("a overloaded"))
            .count()
    };
    assert!(failed(&first) >= 5, "{}", failed(&first));
    assert!(
        failed(&second) <= failed(&first) + 3,
        "{} {}",
        failed(&second),
        failed(&first)
    );
    second.into_iter().next_back().unwrap().print(83);
}

#[tokio::test(start_paused = true)]
async fn row_85_one_lone_success_does_not_bring_the_traffic_back() {
    // One call is answered at twenty seconds, and all before and after it fail.
    let script = "[[rule]]\nfrom = \"20s\"\ntimes = 1\n[[rule]]\nstatus = 503\n";
    let world = World::new(script, "");
    let client = world.client();
    let all = every_second(&world, &client, 120).await;
    let of_a = all.iter().filter(|seen| from(seen) == "a").count();
    assert_eq!(of_a, 1);
    let dead = world.calls().0;
    assert!(
        dead <= 16,
        "{dead} calls to the dead provider in two minutes"
    );
    all.into_iter().next_back().unwrap().print(85);
}

#[tokio::test(start_paused = true)]
async fn row_87_with_both_down_a_request_costs_about_one_call_and_the_error_is_quick_and_honest() {
    let down = always("status = 503");
    let world = World::new(&down, &down);
    let client = world.client();
    let mut seen = None;
    for _ in 0..600 {
        seen = Some(chat(&client).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let before = world.calls().0 + world.calls().1;
    for _ in 0..1_000 {
        let last = chat(&client).await;
        last.took_at_most(Duration::from_secs(1));
        assert!(last.ending.is_err());
        seen = Some(last);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let calls = world.calls().0 + world.calls().1 - before;
    assert!(
        (1_000..=1_100).contains(&calls),
        "{calls} calls for 1000 requests"
    );
    seen.unwrap().print(87);
}

#[tokio::test(start_paused = true)]
async fn row_91_another_model_of_the_account_is_left_in_peace() {
    let world = World::new(&always("status = 503\nmodel = \"small\""), "");
    let other = world.target_a().account().unwrap().model("large");
    let client = world.builder().target(other).build().unwrap();
    for _ in 0..20 {
        chat(&client).await.is_whole_from("b", &world.text());
    }
    let request = crate::support::question().with_model("a/large");
    let seen = crate::seen::stream_with(&client, request).await.print(91);
    seen.is_whole_from("a", &world.text());
    seen.has_ledger("a served");
    stream(&client).await.is_whole_from("b", &world.text());
}
