//! What the outages show.

use std::time::Duration;

use outlast_drill::{Policy, Scenario, play};

use crate::goal::{Goal, short};
use crate::played::{Job, Played};

/// Returns the goals that the outages which were played show.
pub(crate) fn goals(played: &[Played]) -> Vec<Goal> {
    played.iter().flat_map(of).collect()
}

fn of(played: &Played) -> Vec<Goal> {
    match &played.job {
        Job::Shipped("hard", Some(rate)) => vec![at_rate(played, *rate)],
        Job::Shipped("hard", None) => hard(played),
        Job::Shipped("hang", None) => hang(played),
        Job::Shipped("brown-out", None) => brown_out(played),
        Job::Shipped("slow-success", None) => vec![Goal::at_most(
            8,
            "a stall of 30 s before each answer: 99 % have first words after",
            "s",
            3.0,
            seconds(played.figures.ttft_p99_ms_in_outage),
        )],
        Job::Shipped("flap", None) => vec![
            errors(9, "flapping, a minute each", played, 0.0),
            Goal::at_most(9, "flapping: trips", "", 200.0, played.trips as f64),
        ],
        Job::Shipped("both-down", None) => vec![Goal::at_most(
            10,
            "all providers down: calls for each request",
            "",
            1.1,
            played.calls_per_request,
        )],
        Job::Errors { share, hours, rate } => vec![false_trips(played, *share, *hours, *rate)],
        Job::Shipped(..) => Vec::new(),
    }
}

fn at_rate(played: &Played, rate: f64) -> Goal {
    let most = if rate < 0.5 { 0.10 } else { 0.02 };
    let what = format!("calls to the dead primary for each request, {rate} requests per second");
    Goal::at_most(1, what, "", most, played.primary_share())
}

fn hard(played: &Played) -> Vec<Goal> {
    let figures = &played.figures;
    vec![
        Goal::at_most(
            1,
            "calls to the dead primary for each request, 10 requests per second",
            "",
            0.005,
            played.primary_share(),
        ),
        errors(2, "hard outage", played, 0.01),
        Goal::at_most(
            5,
            "hard outage noticed after",
            "s",
            2.5,
            seconds(figures.detect_ms),
        ),
        Goal::at_most(
            5,
            "hard outage noticed after so many failed calls",
            "",
            10.0,
            played.failed_first as f64,
        ),
        Goal::at_most(
            7,
            "the first traffic of a primary that is back, after",
            "s",
            75.0,
            seconds(figures.first_primary_traffic_after_ms),
        ),
        Goal::at_most(
            7,
            "95 % of the traffic, after",
            "s",
            180.0,
            seconds(figures.recovered_after_ms),
        ),
        Goal::at_most(
            12,
            "calls to the dead primary a minute, none of them synthetic or paid for",
            "",
            1.2,
            played.probes_per_minute,
        ),
    ]
}

fn hang(played: &Played) -> Vec<Goal> {
    vec![
        errors(3, "hanging outage", played, 0.01),
        Goal::at_most(
            5,
            "hanging outage noticed after",
            "s",
            6.0,
            seconds(played.figures.detect_ms),
        ),
        Goal::at_most(
            6,
            "a primary that hangs: the longest wait for first words",
            "s",
            10.0,
            played.longest.as_secs_f64(),
        ),
        Goal::at_most(
            6,
            "the same once it is noticed, by 99 of 100 (3 s and the first words of a fallback)",
            "s",
            5.4,
            seconds(played.figures.ttft_p99_ms_in_outage),
        ),
        Goal::at_most(
            6,
            "the same, by all but the probes' users",
            "s",
            10.0,
            played.longest_after.as_secs_f64(),
        ),
    ]
}

fn brown_out(played: &Played) -> Vec<Goal> {
    vec![
        errors(4, "a quarter of all calls fail", played, 0.01),
        Goal::at_most(
            4,
            "a quarter of all calls fail: 99 % have first words after",
            "s",
            3.0,
            seconds(played.figures.ttft_p99_ms_in_outage),
        ),
        Goal::at_most(
            4,
            "a quarter of all calls fail: trips",
            "",
            0.0,
            played.trips as f64,
        ),
    ]
}

fn errors(number: u32, what: &str, played: &Played, most: f64) -> Goal {
    let (found, users) = (played.errors_percent(), played.figures.user_errors);
    Goal::new(
        number,
        format!("{what}: users who saw an error"),
        format!("≤ {} %", short(most)),
        format!(
            "{} % ({users} of {})",
            short(found),
            played.figures.requests
        ),
        found <= most,
    )
}

fn false_trips(played: &Played, share: f64, hours: u32, rate: f64) -> Goal {
    let per_hour = played.trips as f64 / f64::from(hours);
    let most = if rate < 0.67 { 3.0 } else { 0.0 };
    let what = format!(
        "trips an hour while {} % of all calls fail, {hours} h at {rate} requests per second",
        short(share * 100.0)
    );
    Goal::at_most(11, what, "", most, per_hour)
}

/// Plays a short outage twice.
pub(crate) fn same_seed() -> Goal {
    let scenario = Scenario::shipped("hard").unwrap();
    let scenario = scenario.with_requests_per_second(0.2).unwrap();
    let fingerprint = || {
        let run = play(&scenario, &Policy::Ours, |_| {}).unwrap();
        run.fingerprint()
    };
    let (one, other) = (fingerprint(), fingerprint());
    let figure = if one == other {
        format!("the same, `{}…`", one.get(..12).unwrap_or_default())
    } else {
        "another".to_owned()
    };
    Goal::new(
        22,
        "SHA-256 of all that happened in two runs of one seed",
        "the same",
        figure,
        one == other,
    )
}

fn seconds(ms: Option<f64>) -> f64 {
    ms.map_or(f64::INFINITY, |ms| {
        Duration::from_secs_f64(ms / 1000.0).as_secs_f64()
    })
}
