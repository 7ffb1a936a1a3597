//! Measures the goals of the project on the real stack in virtual time, and prints them as JSON: `cargo xtask goals`.
//!
//! `--quick` measures only what takes seconds; `--cuts N` sets how many streams are cut.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement that cannot be made ends the program"
)]

mod alert;
mod cuts;
mod goal;
mod outages;
mod played;
mod single;

use serde_json::json;

use crate::goal::Goal;
use crate::played::{Job, Played, play_all};

/// How many streams are cut unless told.
const CUTS: usize = 20_000;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let is_quick = args.iter().any(|arg| arg == "--quick");
    let cuts = args.iter().position(|arg| arg == "--cuts");
    let cuts = cuts.and_then(|at| args.get(at + 1)?.parse().ok());
    let cuts = cuts.unwrap_or(if is_quick { CUTS / 20 } else { CUTS });
    let jobs = if is_quick { Job::quick() } else { Job::all() };
    let played = play_all(jobs);
    let mut goals: Vec<Goal> = outages::goals(&played);
    goals.extend(single::goals());
    goals.extend(alert::goals());
    goals.push(cuts::goal(cuts));
    goals.push(outages::same_seed());
    goals.sort_by_key(|goal| goal.number);
    let shipped = played.iter().filter(|played| played.job.is_shipped());
    let scenarios: Vec<_> = shipped.map(Played::row).collect();
    println!("{}", json!({ "goals": goals, "scenarios": scenarios }));
}
