//! `outlast models`: what the accounts offer.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use outlast::providers::Account;
use outlast::{Error, ModelInfo};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::output;
use crate::source::{USUAL_FILE, connect, select};

/// How long one account may take to list its models.
const LIMIT: Duration = Duration::from_secs(30);

/// Lists the models that each account really offers. That costs nothing.
///
/// The accounts are asked themselves, hence --live, which must be given; a catalogue of models that needs no network
/// comes later. It ends with 1 if an account could not be asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  outlast models --live --account anthropic")]
pub(crate) struct Args {
    /// Ask the accounts.
    #[arg(long, required = true)]
    live: bool,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = USUAL_FILE)]
    config: PathBuf,
    /// The account to ask; may be given more than once. By default all are asked.
    #[arg(long = "account", value_name = "NAME")]
    accounts: Vec<String>,
    /// Print one JSON object a line for each account.
    #[arg(long)]
    json: bool,
}

type Listing = (Account, Result<Vec<ModelInfo>, String>);

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let (_, accounts) = connect(&args.config)?;
    let accounts = match select(accounts, &args.accounts) {
        Ok(accounts) => accounts,
        Err(unknown) => return Ok(unknown.complain()),
    };
    let listings = list_all(accounts).await;
    let is_whole = listings.iter().all(|(_, models)| models.is_ok());
    if args.json {
        listings.iter().try_for_each(say_as_json)?;
    } else {
        say_as_table(&listings)?;
    }
    Ok(if is_whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Asks all accounts at once; the listings are in the order of the configuration.
async fn list_all(accounts: Vec<Account>) -> Vec<Listing> {
    let mut tasks = JoinSet::new();
    for (number, account) in accounts.into_iter().enumerate() {
        tasks.spawn(async move {
            let models = match timeout(LIMIT, account.models()).await {
                Ok(models) => models.map_err(|error: Error| error.to_string()),
                Err(_) => Err(format!("{}: no list within 30 s", account.name())),
            };
            (number, (account, models))
        });
    }
    let mut listings = tasks.join_all().await;
    listings.sort_by_key(|(number, _)| *number);
    listings.into_iter().map(|(_, listing)| listing).collect()
}

fn say_as_json((account, models): &Listing) -> Result<(), Failure> {
    let account = account.name();
    let models = match models {
        Ok(models) => models,
        Err(error) => return output::say_json(&json!({"account": account, "error": error})),
    };
    let models: Vec<_> = models
        .iter()
        .map(|model| {
            json!({
                "id": model.id,
                "aliases": model.aliases,
                "display_name": model.display_name,
                "context_tokens": model.context_tokens,
                "max_output_tokens": model.max_output_tokens,
                "created": model.created,
            })
        })
        .collect();
    output::say_json(&json!({"account": account, "models": models}))
}

fn say_as_table(listings: &[Listing]) -> Result<(), Failure> {
    let mut table = Table::new();
    let header = ["account", "model", "context", "longest answer", "name"];
    table.load_style(presets::NOTHING).set_header(header);
    for (account, models) in listings {
        match models {
            Ok(models) => models.iter().for_each(|model| {
                table.add_row(row(account.name(), model));
            }),
            Err(error) => output::complain(error),
        }
    }
    for number in [2, 3] {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    output::say(table.trim_fmt())
}

fn row(account: &str, model: &ModelInfo) -> [String; 5] {
    let count =
        |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    [
        account.to_owned(),
        model.id.clone(),
        count(model.context_tokens),
        count(model.max_output_tokens),
        model.display_name.clone().unwrap_or_default(),
    ]
}
