//! `outlast serve`: the gateway.

use std::process::ExitCode;

use outlast_gateway::{Gateway, bind};

use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use crate::source::{Source, SourceArgs};

/// Runs the gateway: an OpenAI-compatible endpoint in front of your providers.
///
/// Point the base URL of any OpenAI SDK at http://ADDRESS/v1 and write a route's name as the model. Without a
/// configuration it answers from two simulated providers, so that an application can be tried before there is one.
/// ctrl-c or SIGTERM lets requests and streams under way finish; a second one does not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  outlast serve --config outlast.toml
  outlast serve --listen 127.0.0.1:4000
  curl http://127.0.0.1:4000/v1/chat/completions -H 'content-type: application/json' \\
    -d '{\"model\": \"default\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}'")]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    /// The address to listen on, in place of the configuration's; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

/// Runs the command until it is told to stop.
pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let Source { client, gateway } = args.source.open()?;
    let address = args.listen.unwrap_or_else(|| gateway.listen.to_string());
    let models: Vec<_> = client.routes().map(str::to_owned).collect();
    let gateway = Gateway::new(client, gateway);
    let listener = bind(address).await.map_err(Failure::new)?;
    let address = listener.local_addr().map_err(Failure::new)?;
    gateway.check_address(address).map_err(Failure::new)?;
    let (stop, stop_now) = Signals::listen()?.split();
    output::say(format_args!("listening on http://{address}"))?;
    output::note(format_args!(
        "base URL for an OpenAI SDK: http://{address}/v1, model: {}",
        models.join(" or ")
    ));
    tokio::select! {
        served = gateway.serve(listener, stop) => {
            served.map(|()| ExitCode::SUCCESS).map_err(Failure::new)
        }
        () = stop_now => Err(Failure::new("stopped before all requests were finished")),
    }
}
