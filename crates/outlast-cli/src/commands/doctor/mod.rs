//! `outlast doctor`: would the accounts answer?

mod counted;
mod examine;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use outlast::Config;
use outlast::config::AccountConfig;
use outlast::providers::Account;
use tokio::task::JoinSet;

use self::examine::{Patient, examine};
use self::report::Report;
use crate::failure::Failure;
use crate::source::{USUAL_FILE, connect, select};

/// Asks each account with a free call whether it would answer: key, endpoint, model names, round trip, clock.
///
/// Only lists of models are asked for, which cost nothing. What a provider cannot tell is said as `not checked`. It ends
/// with 0 if nothing is wrong, with 1 if something is, and with 2 if an account is named that does not exist.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  outlast doctor
  outlast doctor --config outlast.toml --json anthropic")]
pub(crate) struct Args {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = USUAL_FILE)]
    config: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// How long one account may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    limit: u64,
    /// The accounts to ask; by default all.
    #[arg(value_name = "ACCOUNT")]
    accounts: Vec<String>,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let (config, accounts) = connect(&args.config)?;
    let accounts = match select(accounts, &args.accounts) {
        Ok(accounts) => accounts,
        Err(unknown) => return Ok(unknown.complain()),
    };
    let patients = accounts
        .into_iter()
        .map(|account| patient(&config, account));
    let report = Report::new(examine_all(patients, Duration::from_secs(args.limit)).await);
    if args.json {
        report.say_as_json()?;
    } else {
        report.say_as_table()?;
    }
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Gathers what an account is asked about: the models of all routes.
fn patient(config: &Config, account: Account) -> Patient {
    let mut models: Vec<String> = Vec::new();
    for target in config.routes.iter().flat_map(|route| &route.targets) {
        let model = target.model();
        if target.account() == account.name() && !models.iter().any(|known| known == model) {
            models.push(model.to_owned());
        }
    }
    let settings = config
        .accounts
        .iter()
        .find(|settings| settings.name == account.name());
    Patient {
        preset: settings.map(|settings| settings.preset),
        has_key: settings.is_some_and(AccountConfig::has_secret),
        account,
        models,
    }
}

/// Examines all at once; the findings are in the order of the configuration.
async fn examine_all(
    patients: impl IntoIterator<Item = Patient>,
    limit: Duration,
) -> Vec<report::Findings> {
    let mut tasks = JoinSet::new();
    for (number, patient) in patients.into_iter().enumerate() {
        tasks.spawn(async move { (number, examine(patient, limit).await) });
    }
    let mut findings = tasks.join_all().await;
    findings.sort_by_key(|(number, _)| *number);
    findings.into_iter().map(|(_, findings)| findings).collect()
}
