//! `outlast chat`: one call.

use std::process::ExitCode;

use outlast::{ChatRequest, Client, Error, ErrorKind, ReplyMeta, StreamEvent};

use crate::failure::Failure;
use crate::output;
use crate::source::SourceArgs;

/// Asks one question and prints the answer; who served it, after which attempts, goes to stderr.
///
/// Without a configuration the answer comes from two simulated providers.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  outlast chat --config outlast.toml --stream \"Why keep a second provider?\""
)]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    /// The route or target to ask, such as `default` or `anthropic/claude-sonnet-4-5`; by default the first route.
    #[arg(long, value_name = "NAME")]
    route: Option<String>,
    /// Print the answer as it comes.
    #[arg(long)]
    stream: bool,
    /// The question.
    text: String,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let client = args.source.open()?.client;
    let route = args
        .route
        .or_else(|| client.routes().next().map(str::to_owned))
        .unwrap_or_default();
    let request = ChatRequest::user(args.text).with_model(route.as_str());
    let asked = if args.stream {
        stream(&client, request).await
    } else {
        whole(&client, request).await
    };
    match asked {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Ended::Failed(error)) if error.kind() == ErrorKind::UnknownModel => {
            Err(unknown_route(&route, &client))
        }
        Err(Ended::Failed(error)) => Err(failed(&error)),
        Err(Ended::Unwritten(failure)) => Err(failure),
    }
}

/// Why there is no whole answer on stdout.
enum Ended {
    Failed(Error),
    Unwritten(Failure),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Unwritten(failure)
    }
}

async fn whole(client: &Client, request: ChatRequest) -> Result<(), Ended> {
    let reply = client.chat(request).await?;
    output::say(reply.text())?;
    note_ledger(reply.meta());
    Ok(())
}

async fn stream(client: &Client, request: ChatRequest) -> Result<(), Ended> {
    let mut stream = client.stream(request).await?;
    let mut result = Ok(());
    while let Some(event) = stream.next().await {
        match event {
            Ok(StreamEvent::Text(delta)) => output::write(&delta.text)?,
            Ok(_) => {}
            Err(error) => result = Err(Ended::Failed(error)),
        }
    }
    output::say("")?;
    note_ledger(stream.meta());
    result
}

fn note_ledger(meta: &ReplyMeta) {
    output::note(format_args!(
        "served by {} ({})",
        meta.target(),
        meta.ledger
    ));
    if let Some(cost) = meta.cost() {
        output::note(format_args!("cost {cost}"));
    }
}

/// The words of a provider that may quote the prompt are shown: here it is the reader's own.
fn failed(error: &Error) -> Failure {
    let mut text = error.to_string();
    if let (true, Some(message)) = (error.kind().may_quote_request(), error.message()) {
        text = format!("{text}: {message}");
    }
    if let Some(ledger) = error.ledger().filter(|ledger| ledger.calls() > 0) {
        text = format!("{text} (after {ledger})");
    }
    Failure::new(text)
}

fn unknown_route(route: &str, client: &Client) -> Failure {
    let routes = client.routes().map(str::to_owned);
    let targets = client
        .targets()
        .into_iter()
        .map(|target| target.id.to_string());
    let known: Vec<_> = routes.chain(targets).collect();
    Failure::new(format_args!(
        "there is no route or target {route:?}; there are: {}",
        known.join(", ")
    ))
}
