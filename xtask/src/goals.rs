//! The figures in `docs/goals.md`: what the real stack reaches in virtual time; and random outages.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::{Result, flags};

const DOCUMENT: &str = "docs/goals.md";
const BEGIN: &str = "<!-- figures: begin (cargo xtask goals) -->\n";
const END: &str = "<!-- figures: end -->";

/// What the program `goals` of outlast-drill prints.
#[derive(Deserialize)]
struct Measured {
    goals: Vec<Goal>,
    scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
struct Goal {
    number: u32,
    what: String,
    target: String,
    figure: String,
    met: bool,
}

#[derive(Deserialize)]
struct Scenario {
    scenario: String,
    trips: u64,
    figures: Value,
}

/// Measures the goals and writes them, or checks those that take seconds.
pub(crate) fn run(shell: &Shell, flags: &flags::Goals) -> Result {
    if flags.check {
        return check(shell);
    }
    let cuts = flags.cuts.unwrap_or(20_000).to_string();
    let program = cmd!(
        shell,
        "cargo run --release --quiet --locked --package outlast-drill --example goals -- --cuts {cuts}"
    );
    let measured: Measured = serde_json::from_str(&program.read()?)?;
    let text = shell.read_file(DOCUMENT)?;
    shell.write_file(DOCUMENT, with_figures(&text, &measured)?)?;
    print!("{}", goals(&measured.goals));
    println!("{DOCUMENT} is up to date");
    Ok(())
}

/// Measures what takes seconds and fails where a target is missed.
fn check(shell: &Shell) -> Result {
    let program = cmd!(
        shell,
        "cargo run --quiet --locked --package outlast-drill --example goals -- --quick"
    );
    let measured: Measured = serde_json::from_str(&program.read()?)?;
    print!("{}", goals(&measured.goals));
    match measured.goals.iter().find(|goal| !goal.met) {
        None => Ok(()),
        Some(goal) => Err(format!(
            "G{}: {}: {} instead of {}",
            goal.number, goal.what, goal.figure, goal.target
        )
        .into()),
    }
}

/// Plays random outages.
pub(crate) fn swarm(shell: &Shell, flags: &flags::Swarm) -> Result {
    let first = flags.first.unwrap_or(0).to_string();
    let count = flags.seeds.unwrap_or(1000).to_string();
    cmd!(
        shell,
        "cargo run --release --quiet --locked --package outlast-drill --example swarm -- {first} {count}"
    )
    .run()?;
    Ok(())
}

/// Puts the figures between the marks of the document.
fn with_figures(text: &str, measured: &Measured) -> Result<String> {
    let (before, rest) = text
        .split_once(BEGIN)
        .ok_or_else(|| format!("{DOCUMENT} has no `{}`", BEGIN.trim_end()))?;
    let (_, after) = rest
        .split_once(END)
        .ok_or_else(|| format!("{DOCUMENT} has no `{END}`"))?;
    let (goals, scenarios) = (goals(&measured.goals), scenarios(&measured.scenarios));
    Ok(format!(
        "{before}{BEGIN}\n{goals}\n## The shipped outages\n\n{scenarios}\n{END}{after}"
    ))
}

fn goals(goals: &[Goal]) -> String {
    let mut table =
        "| goal | what | target | measured | met |\n|---|---|---:|---:|---|\n".to_owned();
    for goal in goals {
        let Goal {
            number,
            what,
            target,
            figure,
            met,
        } = goal;
        let met = if *met { "yes" } else { "**no**" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| G{number} | {what} | {target} | {figure} | {met} |"
        );
    }
    table
}

fn scenarios(scenarios: &[Scenario]) -> String {
    let mut table = "| outage | requests | users who saw an error | calls to the primary per request in it | noticed after | \
                     first words in it, p50 / p99 | first traffic back after | 95 % back after | trips |\n\
                     |---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for Scenario {
        scenario,
        trips,
        figures,
    } in scenarios
    {
        let count = |name: &str| {
            figures
                .get(name)
                .and_then(Value::as_u64)
                .unwrap_or_default()
        };
        let share =
            count("primary_calls_in_outage") as f64 / count("requests_in_outage").max(1) as f64;
        let time = |name: &str| seconds(figures.get(name).and_then(Value::as_f64));
        let _ = writeln!(
            table,
            "| `{scenario}` | {} | {} | {share:.4} | {} | {} / {} | {} | {} | {trips} |",
            count("requests"),
            count("user_errors"),
            time("detect_ms"),
            time("ttft_p50_ms_in_outage"),
            time("ttft_p99_ms_in_outage"),
            time("first_primary_traffic_after_ms"),
            time("recovered_after_ms"),
        );
    }
    table
}

fn seconds(ms: Option<f64>) -> String {
    ms.map_or_else(|| "never".to_owned(), |ms| format!("{:.1} s", ms / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_between_the_marks_and_a_missed_goal_is_marked() {
        let measured: Measured = serde_json::from_str(
            r#"{"goals":[{"number":1,"what":"w","target":"t","figure":"f","met":false}],
                "scenarios":[{"scenario":"hard","trips":2,"figures":{"requests":10,"user_errors":0,
                "requests_in_outage":5,"primary_calls_in_outage":1,"detect_ms":1500.0}}]}"#,
        )
        .unwrap();
        let text = format!("before\n{BEGIN}old{END}\nafter\n");
        let written = with_figures(&text, &measured).unwrap();
        assert!(written.contains("| G1 | w | t | f | **no** |"));
        assert!(written.contains("| `hard` | 10 | 0 | 0.2000 | 1.5 s | never / never |"));
        assert_eq!(with_figures(&written, &measured).unwrap(), written);
        assert!(with_figures("no marks", &measured).is_err());
    }
}
