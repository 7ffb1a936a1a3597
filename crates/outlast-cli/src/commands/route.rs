//! `outlast route explain`: where would a request go, and why?

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outlast::config::{AutoConfig, RouteConfig};
use outlast::tower::task::{Choice, Reason, guess};
use outlast::{ChatRequest, Config, Needs};
use outlast_wire::ServerCodec;
use outlast_wire::openai::OpenAiServer;

use crate::failure::Failure;
use crate::output;
use crate::source::USUAL_FILE;

/// The most bytes of a request that are read.
const MOST: u64 = 32 * 1024 * 1024;

/// Says where a request would go.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Explain(ExplainArgs),
}

/// Says what a request is taken for, what it needs, and how its route chooses.
///
/// Nothing is sent to a provider. The request is a body of OpenAI's Chat Completions; its `model` names the route.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  outlast route explain request.json --config examples/tasks.toml"
)]
struct ExplainArgs {
    /// The request.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = USUAL_FILE)]
    config: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let Command::Explain(args) = &args.command;
    let config = Config::load(&args.config).map_err(Failure::new)?;
    let request = read(&args.file)?;
    output::write(&explain(&config, &request))?;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<ChatRequest, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", file.display()));
    let mut body = Vec::new();
    let opened = File::open(file).map_err(|error| failed(&error))?;
    let read = opened.take(MOST).read_to_end(&mut body);
    read.map_err(|error| failed(&error))?;
    let incoming = OpenAiServer::new()
        .decode_request(&body.into())
        .map_err(|error| failed(&error))?;
    Ok(incoming.request)
}

/// Writes all that can be said before anything is sent.
fn explain(config: &Config, request: &ChatRequest) -> String {
    let auto = config.autos.iter().find(|auto| auto.name == request.model);
    let mut text = String::new();
    let guessed = guess(request);
    let percent = guessed.confidence * 100.0;
    let _ = writeln!(
        text,
        "task: {} ({percent:.0} % of the points)",
        guessed.task
    );
    for signal in &guessed.signals {
        let _ = writeln!(
            text,
            "  {} for {}: {}",
            signal.points, signal.task, signal.what
        );
    }
    let chosen = auto.map(|auto| choose(config, auto, request));
    if let Some(choice) = &chosen {
        let _ = writeln!(text, "route: {} ({})", choice.route, why(choice.reason));
    }
    let name = chosen
        .as_ref()
        .map_or(&*request.model, |choice| &*choice.route);
    let name = if name.is_empty() { "default" } else { name };
    match config.routes.iter().find(|route| route.name == name) {
        Some(route) => text + &describe(config, route, Needs::of(request)),
        None => text + &format!("`{name}` is no route of the configuration\n"),
    }
}

fn choose(config: &Config, auto: &AutoConfig, request: &ChatRequest) -> Choice {
    auto.auto_route(&config.routes, &config.targets)
        .choose(request)
}

fn why(reason: Reason) -> String {
    match reason {
        Reason::Task => "the route of the task".to_owned(),
        Reason::Unsure => "the task is not sure enough".to_owned(),
        Reason::NoRoute => "the task has no route".to_owned(),
        Reason::TooDear(cost) => format!("the route of the task would cost {cost}"),
        _ => "for another reason".to_owned(),
    }
}

/// Writes how a route chooses, and which of its targets would be passed over.
fn describe(config: &Config, route: &RouteConfig, needs: Needs) -> String {
    let routing = &route.routing;
    let mut text = format!(
        "targets of `{}`, strategy {}, sticky {}:\n",
        route.name,
        routing.strategy,
        routing.sticky.as_str()
    );
    for target in &route.targets {
        let facts = config.targets.iter().find(|it| it.id == *target);
        let lacks = facts.and_then(|it| needs.first_of(it.facts.lacks));
        let _ = match lacks {
            Some(need) => writeln!(text, "  {target}: passed over, it lacks {need}"),
            None => writeln!(text, "  {target}"),
        };
    }
    for (kind, targets) in &routing.on {
        let names: Vec<_> = targets.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "after {}: {}", kind.as_str(), names.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use outlast::ToolSpec;

    const FILE: &str = r#"
[account.a]
kind = "openai-compatible"
base_url = "https://a.example/v1"
[route.coding]
targets = ["a/small", "a/large"]
strategy = "cheapest"
on = { context_too_long = ["a/long"] }
[route.simple]
targets = ["a/small"]
[route.auto]
task = "auto"
otherwise = "simple"
[target."a/small"]
cannot = ["tools"]
"#;

    #[test]
    fn it_says_what_was_found_which_route_and_who_is_passed_over() {
        let config = Config::parse(FILE, "outlast.toml", |_| None).unwrap();
        let request = ChatRequest::user("Why does this not compile?\n```rust\nlet x = 1\n```")
            .with_model("auto")
            .with_tool(ToolSpec::without_parameters("run"));
        assert_eq!(
            explain(&config, &request),
            "task: coding (83 % of the points)\n\
             \x20 1 for simple: nothing said otherwise yet\n\
             \x20 3 for coding: words of programming\n\
             \x20 2 for coding: a programming language\n\
             \x20 4 for coding: a block of code\n\
             \x20 1 for coding: tools are offered\n\
             \x20 1 for simple: a short input\n\
             route: coding (the route of the task)\n\
             targets of `coding`, strategy cheapest, sticky off:\n\
             \x20 a/small: passed over, it lacks tools\n\
             \x20 a/large\n\
             after context_too_long: a/long\n"
        );
    }
}
