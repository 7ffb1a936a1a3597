//! CI chores of the workspace, as one program: `cargo xtask help` lists them.

mod catalog;
mod ci;
mod conformance;
mod e2e;
mod faults;
mod features;
mod flags;
mod fuzz;
mod goals;
mod metadata;
mod tidy;

use std::process::ExitCode;

use xshell::Shell;

/// What a chore ends with; the error is printed and ends the program with code 1.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run(flags::Xtask::from_env_or_exit()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: flags::Xtask) -> Result {
    let shell = Shell::new()?;
    shell.change_dir(workspace_root());
    match flags.subcommand {
        flags::XtaskCmd::Ci(flags) => ci::run(&shell, &flags),
        flags::XtaskCmd::Lint(_) => ci::lint(&shell),
        flags::XtaskCmd::Test(_) => ci::test(&shell),
        flags::XtaskCmd::Doc(_) => ci::doc(&shell),
        flags::XtaskCmd::Deny(_) => ci::deny(&shell),
        flags::XtaskCmd::Features(_) => features::check(&shell),
        flags::XtaskCmd::Tidy(_) => tidy::check(&shell),
        flags::XtaskCmd::E2e(_) => e2e::run(&shell),
        flags::XtaskCmd::Conformance(flags) => conformance::run(&shell, &flags),
        flags::XtaskCmd::Catalog(flags) => catalog::run(&shell, &flags),
        flags::XtaskCmd::Faults(flags) => faults::run(&shell, &flags),
        flags::XtaskCmd::Goals(flags) => goals::run(&shell, &flags),
        flags::XtaskCmd::Swarm(flags) => goals::swarm(&shell, &flags),
        flags::XtaskCmd::Fuzz(flags) => fuzz::run(&shell, &flags),
    }
}

/// The workspace's root: this crate lies directly below it.
fn workspace_root() -> &'static std::path::Path {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
