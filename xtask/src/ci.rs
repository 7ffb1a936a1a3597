//! The chores of CI, cheapest first.

use std::time::Duration;

use xshell::{Shell, cmd};

use crate::{Result, conformance, e2e, features, flags, fuzz, tidy};

/// Runs all chores and says how long each took.
pub(crate) fn run(shell: &Shell, flags: &flags::Ci) -> Result {
    let mut timings = Vec::new();
    let mut step = |name: &'static str, chore: &dyn Fn(&Shell) -> Result| -> Result {
        println!("\n== {name}");
        let start = now();
        chore(shell).map_err(|error| format!("{name}: {error}"))?;
        timings.push((name, start.elapsed()));
        Ok(())
    };

    step("tidy", &tidy::check)?;
    step("lint", &lint)?;
    step("test", &test)?;
    step("doc", &doc)?;
    step("features", &features::check)?;
    step("conformance", &conformance::check)?;
    step("deny", &deny)?;
    step("fuzz", &fuzz::short)?;
    if !flags.no_e2e {
        step("e2e", &e2e::run)?;
    }

    println!("\nall green");
    for (name, took) in timings {
        println!(
            "{name:>10} {:>5} s",
            took.max(Duration::from_secs(1)).as_secs()
        );
    }
    Ok(())
}

/// Checks the format and runs clippy.
pub(crate) fn lint(shell: &Shell) -> Result {
    cmd!(shell, "cargo fmt --all --check").run()?;
    cmd!(
        shell,
        "cargo clippy --workspace --all-targets --all-features --locked -- -D warnings"
    )
    .run()?;
    Ok(())
}

/// Runs all tests: with nextest where it is installed, and the doc tests, which it does not run.
pub(crate) fn test(shell: &Shell) -> Result {
    if has(shell, "cargo-nextest") {
        cmd!(
            shell,
            "cargo nextest run --workspace --all-features --locked --no-fail-fast"
        )
        .run()?;
    } else {
        cmd!(
            shell,
            "cargo test --workspace --all-features --locked --lib --bins --tests --no-fail-fast"
        )
        .run()?;
    }
    cmd!(
        shell,
        "cargo test --workspace --all-features --locked --doc"
    )
    .run()?;
    Ok(())
}

/// Builds the API docs.
pub(crate) fn doc(shell: &Shell) -> Result {
    let _denied = shell.push_env("RUSTDOCFLAGS", "-D warnings");
    cmd!(
        shell,
        "cargo doc --workspace --all-features --no-deps --locked"
    )
    .run()?;
    Ok(())
}

/// Checks licences, bans and sources; advisories too where their database can be reached.
pub(crate) fn deny(shell: &Shell) -> Result {
    if !has(shell, "cargo-deny") {
        println!("cargo-deny is not installed: skipped (cargo install cargo-deny)");
        return Ok(());
    }
    cmd!(
        shell,
        "cargo deny --all-features check licenses bans sources"
    )
    .run()?;
    if cmd!(shell, "cargo deny fetch db")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()
        .is_err()
    {
        println!("the advisory database cannot be reached: advisories skipped");
        return Ok(());
    }
    cmd!(shell, "cargo deny --all-features check advisories").run()?;
    Ok(())
}

fn has(shell: &Shell, program: &str) -> bool {
    cmd!(shell, "{program} --version")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()
        .is_ok()
}

#[expect(clippy::disallowed_methods, reason = "chores run in real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
