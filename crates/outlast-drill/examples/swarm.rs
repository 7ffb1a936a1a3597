//! Plays random outages and prints what must not be: `cargo xtask swarm`.
//!
//! `swarm FIRST COUNT` plays so many seeds from the first on, on all cores, and ends with 1 if anything was found.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use outlast_drill::swarm;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse());
    let (Some(Ok(first)), Some(Ok(count))) = (numbers.next(), numbers.next()) else {
        eprintln!("usage: swarm FIRST COUNT");
        return ExitCode::from(2);
    };
    let next = AtomicU64::new(first);
    let (requests, errors, found) = <(AtomicUsize, AtomicUsize, AtomicUsize)>::default();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first.saturating_add(count) {
                        break;
                    }
                    let breaches = examine(seed, &requests, &errors);
                    found.fetch_add(breaches, Ordering::Relaxed);
                }
            });
        }
    });
    let found = found.into_inner();
    println!(
        "{count} random outages, {} requests, {} of them without a whole right answer, {found} breaches",
        requests.into_inner(),
        errors.into_inner()
    );
    if found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn examine(seed: u64, requests: &AtomicUsize, errors: &AtomicUsize) -> usize {
    match swarm(seed) {
        Ok(case) => {
            requests.fetch_add(case.requests, Ordering::Relaxed);
            errors.fetch_add(case.user_errors, Ordering::Relaxed);
            for breach in &case.breaches {
                println!("seed {seed}: {breach}");
            }
            case.breaches.len()
        }
        Err(error) => {
            println!("seed {seed}: {error}");
            1
        }
    }
}
