//! The commands, one file each.

mod chat;
mod check;
mod demo;
mod doctor;
mod drill;
mod models;
mod replay;
mod route;
mod serve;
mod sim;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "outlast",
    version,
    about = "Keeps an application's LLM calls working while a provider does not.",
    long_about = "Keeps an application's LLM calls working while a provider does not.\n\n\
        Put `outlast serve` between your application and its providers, or use the library of the same name. When a \
        provider fails, calls and streams go on with the next one. `outlast demo` shows it in 20 seconds; it needs no \
        key, no network and no configuration.",
    after_help = "Logs go to stderr; RUST_LOG=info or RUST_LOG=outlast=debug shows more of them.",
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Chat(chat::Args),
    Check(check::Args),
    Doctor(doctor::Args),
    Drill(drill::Args),
    Models(models::Args),
    Sim(sim::Args),
    Replay(replay::Args),
    Route(route::Args),
}

impl Cli {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            Command::Demo(args) => demo::run(args).await,
            Command::Serve(args) => serve::run(args).await,
            Command::Chat(args) => chat::run(args).await,
            Command::Check(args) => check::run(&args),
            Command::Doctor(args) => doctor::run(args).await,
            Command::Drill(args) => drill::run(&args),
            Command::Models(args) => models::run(args).await,
            Command::Sim(args) => sim::run(args).await,
            Command::Replay(args) => replay::run(&args),
            Command::Route(args) => route::run(&args),
        }
    }
}
