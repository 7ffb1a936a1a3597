//! `outlast demo`: an outage, played with real sockets and real traffic, and measured by its callers.
//!
//! [`stage`] sets up two simulated providers and the real gateway; [`traffic`] sends requests by a [`caller`] that
//! knows nothing of `outlast`; [`plan`] breaks the primary in three ways and heals it again; [`board`] keeps what every
//! caller saw; [`results`] turns that into figures, and [`report`] and [`show`] put them on the screen.

mod board;
mod caller;
mod plan;
mod report;
mod results;
mod show;
mod stage;
mod traffic;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use self::board::Board;
use self::caller::Caller;
use self::plan::Plan;
use self::results::{Facts, Results};
use self::show::Show;
use self::stage::Stage;
use crate::failure::Failure;
use crate::output;

/// The shortest demo that still shows everything.
const MIN_SECONDS: u64 = 8;
/// The longest: an hour.
const MAX_SECONDS: u64 = 3600;

/// Plays an outage: two simulated providers, the real gateway in front, real traffic; nobody should notice.
///
/// It needs no key, no network and no configuration. The primary answers 503, then hangs, then cuts its replies
/// half-way, and recovers after each. Every answer is compared with the text it should be, to the character. It ends
/// with 1 if a caller saw an error or a text that is not whole.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  outlast demo
  outlast demo --seconds 60 --json > demo.json

Figures of --json: times are in milliseconds, from when a request was due to its first words (streams) or its whole \
answer (unary); \"outage\" is from each break of the primary to its healing; recovered_after_ms is the longest time \
from a healing to the first second in which the primary served nine of ten requests.")]
pub(crate) struct Args {
    /// How long the traffic lasts, about; it goes on a little longer if the primary is slow to come back.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(MIN_SECONDS..=MAX_SECONDS))]
    seconds: u64,
    /// Print the figures as one JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let results = play(Plan::new(Duration::from_secs(args.seconds))).await?;
    if args.json {
        output::say_json(&results)?;
    } else {
        output::say(report::render(&results))?;
    }
    Ok(if results.user_errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn play(plan: Plan) -> Result<Results, Failure> {
    output::note(format_args!(
        "Two simulated providers and the gateway on loopback sockets. Their answers mean nothing. Timers are shorter \
         than the defaults, for the demo is short: {}.",
        stage::SHORT_TIMERS
    ));
    let stage = Stage::set().await?;
    let board = Arc::new(Board::new());
    let show = Show::new(Arc::clone(&board), plan.whole());
    let caller = Caller::new(stage.gateway.chat_url.clone(), "default");
    let traffic = traffic::run(
        caller,
        Arc::clone(&board),
        stage.providers.expected(),
        plan.play(&stage.providers, &board, |what| show.say(what)),
    );
    let incidents = tokio::select! {
        incidents = traffic => incidents,
        never = show.keep_up() => match never {},
    };
    show.finish();
    Ok(Results::new(&Facts {
        records: board.records(),
        incidents,
        primary_calls: stage.providers.primary_calls(&board),
    }))
}
