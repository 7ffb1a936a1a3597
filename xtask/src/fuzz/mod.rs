//! Fuzzing: builds the targets in `fuzz/`, seeds their corpora from recordings, and runs each for some CPU time.
//!
//! The targets are those of `cargo fuzz`, which runs them as well. Here they are built with the same instrumentation by
//! the stable compiler: nothing in them is unsafe, so that no sanitizer is missed.

mod cpu;
mod seeds;
mod targets;

use std::path::{Path, PathBuf};
use std::process::Output;

use xshell::{Shell, cmd};

use crate::{Result, flags};
use targets::Target;

/// What makes the compiler count which code ran, as `cargo fuzz` does it.
const INSTRUMENTED: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// The longest single run, in seconds of real time: CPU time is looked at in between.
const ROUND: u64 = 60;

/// Runs the named targets, or all, for some CPU minutes each.
pub(crate) fn run(shell: &Shell, flags: &flags::Fuzz) -> Result {
    let seconds = flags.minutes.unwrap_or(10) * 60;
    let wanted = |target: &Target| flags.target.is_empty() || flags.target.contains(&target.name);
    let targets: Vec<Target> = targets::all()?.into_iter().filter(wanted).collect();
    if targets.is_empty() {
        return Err("there is no such target: see fuzz/fuzz_targets".into());
    }
    let programs = build(shell)?;
    for target in &targets {
        let corpus = seeds::sow(target)?;
        let cpu = run_one(shell, &programs, target, &corpus, seconds)?;
        println!(
            "fuzz: {}: {cpu} CPU seconds, {} inputs kept, nothing found",
            target.name,
            std::fs::read_dir(&corpus)?.count()
        );
    }
    Ok(())
}

/// Checks the seeds of all targets, each once: what CI does must not depend on chance.
pub(crate) fn short(shell: &Shell) -> Result {
    let programs = build(shell)?;
    for target in targets::all()? {
        let corpus = seeds::sow(&target)?;
        let program = programs.join(&target.name);
        let output = cmd!(shell, "{program} {corpus} -runs=0 -timeout=10 -verbosity=0")
            .quiet()
            .ignore_status()
            .output()?;
        judge(&target, &output)?;
        println!("fuzz: {}: the seeds are fine", target.name);
    }
    Ok(())
}

/// Tells what a run has found.
fn judge(target: &Target, output: &Output) -> Result {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} has found something:\n{said}", target.name).into())
}

/// Builds the targets and returns the folder they are in.
fn build(shell: &Shell) -> Result<PathBuf> {
    let version = cmd!(shell, "rustc -vV").quiet().read()?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .ok_or("rustc does not say what machine this is")?;
    let _flags = shell.push_env("RUSTFLAGS", INSTRUMENTED);
    cmd!(
        shell,
        "cargo build --quiet --release --locked --manifest-path fuzz/Cargo.toml --target {host} --target-dir target/fuzz"
    )
    .run()?;
    Ok(PathBuf::from(format!("target/fuzz/{host}/release")))
}

/// Runs one target until it has used so much CPU time, and returns how much it was.
fn run_one(
    shell: &Shell,
    programs: &Path,
    target: &Target,
    corpus: &Path,
    seconds: u64,
) -> Result<u64> {
    let program = programs.join(&target.name);
    let artifacts = format!("-artifact_prefix=fuzz/artifacts/{}/", target.name);
    shell.create_dir(format!("fuzz/artifacts/{}", target.name))?;
    let begun = cpu::seconds_of_children()?;
    loop {
        let used = cpu::seconds_of_children()?.saturating_sub(begun);
        if used >= seconds {
            return Ok(used);
        }
        let round = format!("-max_total_time={}", (seconds - used).clamp(1, ROUND));
        let output = cmd!(
            shell,
            "{program} {corpus} {artifacts} {round} -max_len=65536 -timeout=10 -rss_limit_mb=2048 -verbosity=0"
        )
        .quiet()
        .ignore_status()
        .output()?;
        judge(target, &output)?;
    }
}
