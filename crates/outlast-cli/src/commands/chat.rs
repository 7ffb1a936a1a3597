//! `outlast chat`: one call.

use std::process::ExitCode;

use outlast::{ChatRequest, Client, Error, ReplyMeta, StreamEvent};

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
        .or_else(|| client.routes().next().map(str::to_owned));
    let request = ChatRequest::user(args.text).with_model(route.unwrap_or_default());
    if args.stream {
        stream(&client, request).await?;
    } else {
        let reply = client.chat(request).await.map_err(|error| failed(&error))?;
        output::say(reply.text())?;
        note_ledger(reply.meta());
    }
    Ok(ExitCode::SUCCESS)
}

async fn stream(client: &Client, request: ChatRequest) -> Result<(), Failure> {
    let mut stream = client
        .stream(request)
        .await
        .map_err(|error| failed(&error))?;
    let mut result = Ok(());
    while let Some(event) = stream.next().await {
        match event {
            Ok(StreamEvent::Text(delta)) => output::write(&delta.text)?,
            Ok(_) => {}
            Err(error) => result = Err(failed(&error)),
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
