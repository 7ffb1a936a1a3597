//! Rows 78 to 91: what takes minutes and hours.

use std::time::Duration;

use outlast::Client;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::seen::{Seen, chat, stream};
use crate::support::{World, always};

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

/// Calls that began one after another at a fixed pace, whether or not the one before had ended.
struct Traffic {
    all: Vec<(Duration, Seen)>,
}

impl Traffic {
    /// Lets `client` be asked for a stream every `gap`, for so long.
    async fn of(client: &Client, gap: Duration, long: Duration) -> Self {
        let start = Instant::now();
        let mut calls = JoinSet::new();
        while start.elapsed() < long {
            let client = client.clone();
            let began = start.elapsed();
            calls.spawn(async move { (began, stream(&client).await) });
            tokio::time::sleep(gap).await;
        }
        let mut all = calls.join_all().await;
        all.sort_by_key(|(began, _)| *began);
        Self { all }
    }

    fn errors(&self) -> usize {
        let failed = |(_, seen): &&(Duration, Seen)| seen.ending.is_err();
        self.all.iter().filter(failed).count()
    }

    /// Returns the share of the calls that began between `from` and `to` which `account` answered.
    fn share(&self, account: &str, from: Duration, to: Duration) -> f64 {
        let between = self
            .all
            .iter()
            .filter(|(began, _)| (from..to).contains(began));
        let (mut calls, mut served) = (0.0, 0.0);
        for (_, seen) in between {
            calls += 1.0;
            served += f64::from(u8::from(
                seen.ending
                    .as_ref()
                    .is_ok_and(|whole| whole.from == account),
            ));
        }
        served / calls
    }

    fn print(&self, row: u8) {
        println!(
            "row {row}: {} errors in {} calls",
            self.errors(),
            self.all.len()
        );
    }
}

/// How long the outage of the drill takes.
const OUTAGE: Duration = Duration::from_secs(4 * 3_600 + 23 * 60);

#[tokio::test(start_paused = true)]
async fn row_78_nobody_notices_a_hard_outage_of_hours() {
    let world = World::new(&always("status = 503\nfrom = \"2m\"\nuntil = \"265m\""), "");
    let gap = Duration::from_secs(2);
    let traffic = Traffic::of(&world.client(), gap, OUTAGE + Duration::from_secs(600)).await;
    assert_eq!(traffic.errors(), 0);
    let end = OUTAGE + Duration::from_secs(120);
    let late = traffic.share(
        "a",
        end + Duration::from_secs(180),
        end + Duration::from_secs(480),
    );
    assert!(late >= 0.95, "{late}");
    traffic.print(78);
}

#[tokio::test(start_paused = true)]
async fn row_79_nobody_notices_that_every_call_hangs() {
    let world = World::new(&always("hang = true\nfrom = \"2m\"\nuntil = \"62m\""), "");
    let gap = Duration::from_secs(1);
    let traffic = Traffic::of(&world.client(), gap, Duration::from_secs(3_600)).await;
    assert_eq!(traffic.errors(), 0);
    let longest = traffic.all.iter().map(|(_, seen)| seen.took).max().unwrap();
    assert!(longest <= Duration::from_secs(10), "{longest:?}");
    traffic.print(79);
}

#[tokio::test(start_paused = true)]
async fn row_81_a_provider_that_stands_still_and_then_succeeds_is_left_soon() {
    let slow = always("first_token = \"30s\"");
    let world = World::new(&slow, "[answer]\nfirst_token = \"600ms\"");
    let gap = Duration::from_millis(200);
    let traffic = Traffic::of(&world.client(), gap, Duration::from_secs(300)).await;
    assert_eq!(traffic.errors(), 0);
    let later = traffic.all.iter().filter(|(began, _)| began.as_secs() >= 6);
    let mut waits: Vec<Duration> = later.map(|(_, seen)| seen.took).collect();
    waits.sort_unstable();
    let p99 = waits[waits.len() * 99 / 100];
    assert!(p99 <= Duration::from_secs(3), "{p99:?}");
    traffic.print(81);
}

#[tokio::test(start_paused = true)]
async fn row_82_a_provider_that_flaps_is_not_felt() {
    let flapping = always("status = 503\nflap = { healthy = \"60s\", faulty = \"60s\" }");
    let world = World::new(&flapping, "");
    let gap = Duration::from_secs(1);
    let traffic = Traffic::of(&world.client(), gap, Duration::from_secs(1_800)).await;
    assert_eq!(traffic.errors(), 0);
    traffic.print(82);
}

#[tokio::test(start_paused = true)]
async fn row_84_a_provider_that_comes_back_with_little_capacity_is_not_run_over() {
    let mut script = "[[rule]]\nstatus = 503\nuntil = \"5m\"\n".to_owned();
    for minute in 0..10 {
        let (from, most) = (5 + minute, 1 + minute / 4);
        script += &format!(
            "[[rule]]\nfrom = \"{from}m\"\nuntil = \"{}m\"\ncapacity = {{ per_second = {most} }}\n",
            from + 1
        );
    }
    let world = World::new(&script, "");
    let gap = Duration::from_millis(500);
    let traffic = Traffic::of(&world.client(), gap, Duration::from_secs(20 * 60)).await;
    assert_eq!(traffic.errors(), 0);
    let whole = Duration::from_secs(15 * 60);
    let late = traffic.share(
        "a",
        whole + Duration::from_secs(150),
        whole + Duration::from_secs(300),
    );
    assert!(late >= 0.99, "{late}");
    traffic.print(84);
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
