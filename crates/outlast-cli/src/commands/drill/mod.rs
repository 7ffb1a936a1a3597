//! `outlast drill`: an outage in virtual time, with rivals' rules beside ours.

mod report;
mod show;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outlast::Config;
use outlast_drill::{Configured, Figures, Policy, Run, Scenario, picture, play};
use serde::Serialize;

use self::show::Show;
use crate::failure::Failure;
use crate::output;
use crate::source::wrong_config;

/// The most bytes of a scenario's file.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Plays an outage of hours in seconds: the real client, adapters and codecs against simulated providers.
///
/// Time is virtual, and so is the network; everything else is what runs in production. The rules of others (the official
/// SDKs, LiteLLM's router) meet the same requests, and so does your own configuration. It needs no key and no network. It
/// ends with 1 if a user of `ours` or of your configuration saw an error.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Args {
    /// The outage: a shipped one, or the path of a TOML file.
    #[arg(long, value_name = "S", default_value = "4h23m")]
    scenario: String,
    /// Who is to meet it: none, sdk, litellm, ours.
    #[arg(
        long,
        value_name = "P,..",
        value_delimiter = ',',
        default_value = "none,sdk,litellm,ours"
    )]
    policy: Vec<Policy>,
    /// Rehearse this configuration, too, as `config`. Its keys are not looked at, and nobody is called or told. The first
    /// host of its route fares as the outage's first provider does, the second as its second, all others as its last.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The route of the configuration that is asked: `default`, or the only one, if not given.
    #[arg(long, value_name = "R", requires = "config")]
    route: Option<String>,
    /// Requests per second, in place of the scenario's own.
    #[arg(long, value_name = "N")]
    rps: Option<f64>,
    /// Where chance begins, in place of the scenario's own.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print the figures as one JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// Draw a picture into this file.
    #[arg(long, value_name = "F")]
    svg: Option<PathBuf>,
}

fn after_help() -> String {
    let names: Vec<_> = Scenario::names().collect();
    format!(
        "Shipped outages: {}.\n\nExamples:\n  outlast drill\n  outlast drill --scenario hang --policy sdk,ours \
         --svg hang.svg\n  outlast drill --scenario ./ours.toml --json > figures.json\n  \
         outlast drill --scenario hard --policy ours --config outlast.toml",
        names.join(", ")
    )
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    scenario: &'a str,
    title: &'a str,
    seed: u64,
    requests_per_second: f64,
    contestants: &'a [Figures],
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let scenario = read(args)?;
    let mut policies: Vec<Policy> = Vec::new();
    for policy in &args.policy {
        if !policies.contains(policy) {
            policies.push(policy.clone());
        }
    }
    if let Some(file) = &args.config {
        policies.push(Policy::Configured(configured(file, args.route.as_deref())?));
    }
    let runs = play_all(&scenario, &policies)?;
    let figures: Vec<_> = runs.iter().map(|run| Figures::of(&scenario, run)).collect();
    if args.json {
        output::say_json(&Report {
            scenario: &scenario.name,
            title: &scenario.title,
            seed: scenario.seed,
            requests_per_second: scenario.requests_per_second,
            contestants: &figures,
        })?;
    } else {
        output::say(report::render(&scenario, &figures))?;
    }
    if let Some(file) = &args.svg {
        draw(file, &scenario, &runs)?;
    }
    let is_outlast = |policy: &Policy| matches!(policy, Policy::Ours | Policy::Configured(_));
    let mut judged = policies.iter().zip(&figures);
    let seen = judged.any(|(policy, figures)| is_outlast(policy) && figures.user_errors > 0);
    Ok(if seen {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn read(args: &Args) -> Result<Scenario, Failure> {
    let path = Path::new(&args.scenario);
    let is_file = path.extension().is_some() || path.components().count() > 1;
    let scenario = if is_file {
        Scenario::parse(&read_file(path)?)
    } else {
        Scenario::shipped(&args.scenario)
    };
    let mut scenario = scenario.map_err(Failure::new)?;
    if let Some(rate) = args.rps {
        scenario = scenario
            .with_requests_per_second(rate)
            .map_err(Failure::new)?;
    }
    if let Some(seed) = args.seed {
        scenario = scenario.with_seed(seed);
    }
    Ok(scenario)
}

fn configured(file: &Path, route: Option<&str>) -> Result<Configured, Failure> {
    let config = Config::load_without_keys(file).map_err(|error| wrong_config(&error))?;
    Configured::new(config, route).map_err(Failure::new)
}

fn read_file(path: &Path) -> Result<String, Failure> {
    let fail = |why: String| Failure::new(format!("{}: {why}", path.display()));
    let meta = std::fs::metadata(path).map_err(|error| fail(error.to_string()))?;
    if meta.len() > MAX_FILE {
        return Err(fail(format!("it is longer than {MAX_FILE} bytes")));
    }
    std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))
}

/// Plays for all policies, as many at once as there are cores.
fn play_all(scenario: &Scenario, policies: &[Policy]) -> Result<Vec<Run>, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let show = Show::new();
    let mut runs = Vec::with_capacity(policies.len());
    for group in policies.chunks(cores) {
        let played: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = group
                .iter()
                .map(|policy| {
                    let bar = show.bar(policy.name());
                    scope.spawn(move || play(scenario, policy, |share| bar.set(share)))
                })
                .collect();
            threads.into_iter().map(|thread| thread.join()).collect()
        });
        for run in played {
            let run = run.map_err(|_| Failure::new("the drill broke down: please report it"))?;
            runs.push(run.map_err(Failure::new)?);
        }
    }
    show.finish();
    Ok(runs)
}

fn draw(file: &Path, scenario: &Scenario, runs: &[Run]) -> Result<(), Failure> {
    let footer = format!(
        "outlast {} · outlast drill --scenario {} --seed {} --rps {} · virtual time, simulated providers",
        env!("CARGO_PKG_VERSION"),
        scenario.name,
        scenario.seed,
        scenario.requests_per_second,
    );
    std::fs::write(file, picture(scenario, runs, &footer))
        .map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}
