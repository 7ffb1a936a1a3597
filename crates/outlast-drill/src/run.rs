//! Plays a scenario for one contestant.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use outlast_sim::Sim;
use tokio::runtime::{self, Handle};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::arrivals::{Arrival, Arrivals};
use crate::contestant::{Contestant, Policy, contestant};
use crate::hash::sha256;
use crate::record::{Answer, Audit, Run, Seen};
use crate::scenario::Scenario;
use crate::user::{self, Setting, question};
use crate::world::World;

/// How often finished users and calls are gathered, in requests.
const GATHER: usize = 256;
/// How long calls whose users have gone may take to end in the providers' logs.
const SETTLING: Duration = Duration::from_secs(30);

/// Says why a drill cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DrillError {
    /// The scenario has no provider.
    #[error("the scenario has no provider: add a [[provider]]")]
    NoProvider,
    /// The configuration has no such route.
    #[error("the configuration has no route `{0}`: name one of {1}")]
    NoRoute(String, String),
    /// A provider or the client over it cannot be set up.
    #[error("the drill cannot be set up: {0}")]
    Provider(String),
    /// There is no runtime to be had.
    #[error("the drill cannot begin: {0}")]
    Runtime(String),
}

/// Plays `scenario` for `policy` in virtual time. `progress` learns from time to time how much of it is over, 0 to 1.
///
/// It runs on a runtime of its own and blocks until it is done: call it outside of any other, one thread for each
/// contestant.
pub fn play(
    scenario: &Scenario,
    policy: &Policy,
    progress: impl Fn(f64),
) -> Result<Run, DrillError> {
    runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| DrillError::Runtime(error.to_string()))?
        .block_on(play_here(scenario, policy, progress))
}

async fn play_here(
    scenario: &Scenario,
    policy: &Policy,
    progress: impl Fn(f64),
) -> Result<Run, DrillError> {
    let begin = Instant::now();
    let world = match policy {
        Policy::Configured(configured) => World::of_config(scenario, configured)?,
        _ => World::of(scenario)?,
    };
    let contestant = contestant(policy, scenario, &world)?;
    cut_on_time(scenario, &world, begin);
    let setting = Arc::new(Setting {
        patience: scenario.patience,
        words: world.words(),
        homes: world.homes().to_vec(),
    });
    let mut board = Board::default();
    let mut users = JoinSet::new();
    for arrival in Arrivals::of(scenario) {
        sleep_until(begin + arrival.at).await;
        board.expect(arrival);
        users.spawn(one(Arc::clone(&contestant), arrival, Arc::clone(&setting)));
        if arrival.number.is_multiple_of(GATHER) {
            while let Some(done) = users.try_join_next() {
                board.note(done);
            }
            board.gather(&world);
            progress(arrival.at.as_secs_f64() / scenario.lasts.as_secs_f64());
        }
    }
    while let Some(done) = users.join_next().await {
        board.note(done);
    }
    // What a caller has left behind ends at once, but not before it is asked to.
    tokio::time::sleep(SETTLING).await;
    board.gather(&world);
    progress(1.0);
    let (changes, client) = (contestant.changes(), contestant.audit());
    drop(contestant);
    // Tasks that end with the client need their turn.
    tokio::time::sleep(Duration::from_secs(1)).await;
    Ok(Run {
        policy: policy.name().to_owned(),
        changes,
        audit: Audit {
            panics: board.panics,
            tasks: Handle::current().metrics().num_alive_tasks(),
            under_way: world.under_way(),
            client,
        },
        ..board.run
    })
}

async fn one(
    contestant: Arc<dyn Contestant>,
    arrival: Arrival,
    setting: Arc<Setting>,
) -> (Arrival, Seen) {
    let seen = user::ask(&*contestant, arrival, &setting).await;
    (arrival, seen)
}

/// Resets the connections of the calls under way at the times the scenario says.
fn cut_on_time(scenario: &Scenario, world: &World, begin: Instant) {
    for (number, provider) in scenario.providers.iter().enumerate() {
        for at in provider.cuts.clone() {
            let sims: Vec<_> = world.sims_of(number).cloned().collect();
            tokio::spawn(async move {
                sleep_until(begin + at).await;
                sims.iter().for_each(Sim::cut_calls);
            });
        }
    }
}

/// What is known so far.
#[derive(Default)]
struct Board {
    run: Run,
    /// The numbers of requests by the hash of their question.
    numbers: HashMap<String, usize>,
    panics: usize,
}

impl Board {
    fn expect(&mut self, arrival: Arrival) {
        self.numbers
            .insert(sha256([question(arrival.number)]), arrival.number);
        self.run.seen.push(Seen {
            due: arrival.at,
            stream: arrival.stream,
            waited: None,
            answer: Answer::GaveUp,
            primary_calls: 0,
            lost: 0,
            doubled: 0,
        });
    }

    fn note(&mut self, done: Result<(Arrival, Seen), JoinError>) {
        let Ok((arrival, seen)) = done else {
            self.panics += 1;
            return;
        };
        if let Some(place) = self.run.seen.get_mut(arrival.number) {
            *place = Seen {
                primary_calls: place.primary_calls,
                ..seen
            };
        }
    }

    fn gather(&mut self, world: &World) {
        let Self { run, numbers, .. } = self;
        world.take_calls(|call, question| {
            let number = question.and_then(|question| numbers.get(&question));
            if let Some(seen) = number.and_then(|number| run.seen.get_mut(*number))
                && call.provider == 0
            {
                seen.primary_calls += 1;
            }
            run.calls.push(call);
        });
    }
}
