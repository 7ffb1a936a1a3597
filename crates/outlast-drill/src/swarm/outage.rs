//! Makes a random outage.

use std::fmt::Write;

use fastrand::Rng;

use crate::scenario::Speaks;

/// How long an outage lasts with what is before and after it, in seconds.
const LASTS: u32 = 180;

/// A scenario as text.
pub(super) struct Outage {
    pub(super) text: String,
    /// Whether every provider's answers are whole and right, as far as they come.
    pub(super) answers_are_whole: bool,
}

impl Outage {
    pub(super) fn of(seed: u64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let rate = chance.u32(2..=30);
        let patience = chance.u32(10..=60);
        let mut outage = Self {
            text: format!(
                "name = \"swarm-{seed}\"\ntitle = \"A random outage.\"\nseed = {seed}\nrequests_per_second = {}\n\
                 stream_share = {}\npatience = \"{patience}s\"\nlasts = \"{LASTS}s\"\n\
                 outage = {{ from = \"30s\", until = \"120s\" }}\n",
                f64::from(rate) / 10.0,
                f64::from(chance.u32(0..=10)) / 10.0,
            ),
            answers_are_whole: true,
        };
        for number in 0..chance.usize(1..=3) {
            outage.add_provider(number, &mut chance);
        }
        outage
    }

    fn add_provider(&mut self, number: usize, chance: &mut Rng) {
        let speaks = one_of(chance, &Speaks::ALL);
        let model = match speaks {
            Speaks::Vertex => one_of(chance, &["gemini-1", "claude-1", "meta/llama-1"]),
            _ => "model-1",
        };
        let _ = write!(
            self.text,
            "\n[[provider]]\nname = \"p{number}\"\napi = \"{}\"\nmodel = \"{model}\"\n\
             price = {{ input = \"1\", output = \"2\" }}\n\
             [provider.script]\nseed = {}\n\
             [provider.script.answer]\nwords = 12\nfirst_token = \"{}ms\"\nspread = 0.5\ngap = \"{}ms\"\n",
            speaks.as_str(),
            chance.u32(0..1000),
            chance.u32(0..800),
            chance.u32(0..60),
        );
        for _ in 0..chance.usize(0..=4) {
            let (effect, is_whole) = effect(chance);
            self.answers_are_whole &= is_whole;
            let condition = condition(chance);
            let _ = write!(self.text, "[[provider.script.rule]]\n{condition}{effect}\n");
        }
    }
}

/// Returns when something happens.
fn condition(chance: &mut Rng) -> String {
    let from = chance.u32(0..150);
    let until = from + chance.u32(1..=120);
    let mut words = format!("from = \"{from}s\"\nuntil = \"{until}s\"\n");
    words += &match chance.u32(0..8) {
        0 => format!("every = {}\n", chance.u32(2..5)),
        1 => "flap = { healthy = \"7s\", faulty = \"5s\" }\n".to_owned(),
        2 => "only = \"stream\"\n".to_owned(),
        3 => "only = \"unary\"\n".to_owned(),
        4 => format!("times = {}\n", chance.u32(1..6)),
        5 => "capacity = { per_second = 1, concurrent = 2 }\n".to_owned(),
        _ => format!("probability = {}\n", f64::from(chance.u32(1..=10)) / 10.0),
    };
    words
}

/// Returns what happens, and whether answers are whole all the same.
fn effect(chance: &mut Rng) -> (String, bool) {
    let after = chance.u32(0..14);
    let seconds = chance.u32(1..60);
    let whole = |text: String| (text, true);
    match chance.u32(0..22) {
        0 => whole("connection = \"refuse\"".to_owned()),
        1 => whole("connection = \"lose\"".to_owned()),
        2 => whole("hang = true".to_owned()),
        3 => whole(format!("delay = \"{seconds}s\"")),
        4 | 5 => whole(format!("status = {}", status(chance))),
        6 => whole(format!("failure = \"{}\"", failure(chance))),
        7 => whole(format!("status = 429\nretry_after = \"{seconds}s\"")),
        8 => whole(format!("status = 503\nretry_after = \"{seconds}s\"")),
        9 => whole("html = true".to_owned()),
        10 => whole(format!("first_token = \"{seconds}s\"")),
        11 => whole(format!("gap = \"{}ms\"", chance.u32(1..4000))),
        12 => whole(format!("malformed = {{ after = {after} }}")),
        13 => whole(format!("unknown = {{ after = {after} }}")),
        14 => whole(format!("stall = {{ after = {after} }}")),
        15 => whole(format!(
            "stall = {{ after = {after}, for = \"{seconds}s\" }}"
        )),
        16 => whole(format!("error = {{ after = {after}, status = 529 }}")),
        17 => whole(format!("cut = {{ after = {after}, by = \"reset\" }}")),
        18 => whole(format!("cut = {{ after = {after}, by = \"close\" }}")),
        19 => (format!("cut = {{ after = {after}, by = \"end\" }}"), false),
        20 => (unfinished(chance, after), false),
        _ => (otherwise(chance), false),
    }
}

fn status(chance: &mut Rng) -> u16 {
    let statuses = [
        400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 520, 529, 530,
    ];
    one_of(chance, &statuses)
}

fn failure(chance: &mut Rng) -> &'static str {
    let failures = [
        "quota-exhausted",
        "unauthenticated",
        "permission-denied",
        "model-not-found",
        "context-too-long",
        "content-policy",
        "rate-limited",
        "overloaded",
        "server",
    ];
    one_of(chance, &failures)
}

/// Ends an answer as if it were whole.
fn unfinished(chance: &mut Rng, after: u32) -> String {
    let reason = one_of(chance, &["length", "content-filter", "refusal", "odd"]);
    let finish = format!("finish = {{ after = {after}, reason = \"{reason}\" }}");
    let empty = "empty = \"content\"".to_owned();
    let choices = "empty = \"choices\"".to_owned();
    let silent = "terminal = false".to_owned();
    one_of(chance, &[finish, empty, choices, silent])
}

/// Goes on in another way than it should.
fn otherwise(chance: &mut Rng) -> String {
    let styles = ["refuse-prefill", "start-over", "diverge", "repeat-tail"];
    format!("continuation = \"{}\"", one_of(chance, &styles))
}

fn one_of<T: Clone>(chance: &mut Rng, all: &[T]) -> T {
    // None of the lists is empty.
    #[expect(clippy::indexing_slicing, reason = "the number is below the length")]
    all[chance.usize(0..all.len())].clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scenario;

    #[test]
    fn every_seed_makes_a_scenario_that_can_be_played() {
        for seed in 0..500 {
            let outage = Outage::of(seed);
            let read = Scenario::parse(&outage.text);
            assert!(read.is_ok(), "{}\n{}", read.unwrap_err(), outage.text);
        }
    }

    #[test]
    fn seeds_differ_and_one_seed_does_not() {
        assert_eq!(Outage::of(3).text, Outage::of(3).text);
        assert_ne!(Outage::of(3).text, Outage::of(4).text);
    }
}
