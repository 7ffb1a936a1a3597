//! `outlast sim`: one simulated provider.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outlast_gateway::bind;
use outlast_sim::{Api, Script, Sim};

use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;

/// Runs a simulated provider with scripted faults, to try an application or a configuration against.
///
/// It speaks the wire format of its API, unary and streamed, and takes any key. Its script can be replaced while it
/// runs (PUT /__sim/script); its log is at GET /__sim/log.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  outlast sim --api openai --listen 127.0.0.1:9001
  curl -X PUT http://127.0.0.1:9001/__sim/script -d '[[rule]]
  status = 503'")]
pub(crate) struct Args {
    /// The wire format: openai (Chat Completions and Responses), anthropic (Messages), gemini or bedrock (Converse).
    #[arg(long)]
    api: Api,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: String,
    /// What goes wrong, and when: a TOML file. Without it the provider is healthy.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
}

/// Runs the command until it is told to stop.
pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let script = args.script.as_deref().map(read_script).transpose()?;
    let sim = Sim::new(args.api).with_script(script.unwrap_or_default());
    let listener = bind(args.listen).await.map_err(Failure::new)?;
    let (stop, _) = Signals::listen()?.split();
    let server = sim.serve(listener).map_err(Failure::new)?;
    output::say(format_args!("listening on {}", server.base_url()))?;
    stop.await;
    Ok(ExitCode::SUCCESS)
}

fn read_script(file: &Path) -> Result<Script, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format_args!("cannot read {}: {error}", file.display())))?;
    Script::parse(&text).map_err(|error| Failure::new(format_args!("{}: {error}", file.display())))
}
