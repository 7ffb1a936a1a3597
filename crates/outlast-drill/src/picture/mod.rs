//! An outage as a picture: one time axis, the outage shaded, five rows, and two looks from nearby.

mod axis;
mod nearby;
mod rows;
mod series;
mod svg;

use std::time::Duration;

use self::axis::{GREY, Span};
use self::series::{Slice, slices};
use self::svg::{Area, Svg};
use crate::record::Run;
use crate::scenario::Scenario;

const MINUTE: Duration = Duration::from_secs(60);
const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 1240.0;
const LEFT: f64 = 96.0;
const ACROSS: f64 = 1070.0;
/// How wide a letter of a heading may be.
const LETTER: f64 = 7.4;

/// Colours that people who see few of them can tell apart.
const PROVIDERS: [&str; 3] = ["#d55e00", "#009e73", "#56b4e9"];

fn color_of(policy: &str) -> &'static str {
    match policy {
        "none" => "#999999",
        "sdk" => "#e69f00",
        "litellm" => "#cc79a7",
        "config" => "#000000",
        _ => "#0072b2",
    }
}

fn provider_color(number: usize) -> &'static str {
    PROVIDERS.get(number).copied().unwrap_or("#f0e442")
}

/// Draws the runs of one scenario as an SVG. `footer` says how to repeat it.
pub fn picture(scenario: &Scenario, runs: &[Run], footer: &str) -> String {
    let mut svg = Svg::new(WIDTH, HEIGHT, &scenario.title);
    svg.words(
        (24.0, 34.0),
        r#"font-size="20" font-weight="600""#,
        &scenario.title,
    );
    svg.words(
        (24.0, 56.0),
        &format!(r#"fill="{GREY}""#),
        subtitle(scenario, runs),
    );
    let page = Page {
        scenario,
        runs,
        minutes: runs
            .iter()
            .map(|run| slices(run, scenario.lasts, MINUTE))
            .collect(),
        ours: runs
            .iter()
            .position(|run| !run.changes.is_empty())
            .unwrap_or(runs.len().saturating_sub(1)),
        whole: Span {
            from: Duration::ZERO,
            until: scenario.lasts,
        },
    };
    page.shade(&mut svg, Area::new(LEFT, 96.0, ACROSS, 752.0));
    rows::success(&page, &mut svg, Area::new(LEFT, 116.0, ACROSS, 120.0));
    rows::calls(&page, &mut svg, Area::new(LEFT, 276.0, ACROSS, 150.0));
    rows::waits(&page, &mut svg, Area::new(LEFT, 466.0, ACROSS, 150.0));
    rows::states(&page, &mut svg, Area::new(LEFT, 656.0, ACROSS, 60.0));
    rows::spending(&page, &mut svg, Area::new(LEFT, 756.0, ACROSS, 66.0));
    page.clock(&mut svg, Area::new(LEFT, 96.0, ACROSS, 752.0));
    nearby::beginning(&page, &mut svg, Area::new(LEFT, 926.0, 490.0, 220.0));
    nearby::end(
        &page,
        &mut svg,
        Area::new(LEFT + 590.0, 926.0, 480.0, 220.0),
    );
    let style = format!(r#"font-size="11" fill="{GREY}""#);
    svg.words((24.0, HEIGHT - 16.0), &style, footer);
    svg.finish()
}

fn subtitle(scenario: &Scenario, runs: &[Run]) -> String {
    let errors = runs.iter().map(|run| {
        let wrong = run.seen.iter().filter(|seen| !seen.is_right()).count();
        format!("{} {wrong}", run.policy)
    });
    let requests = runs.first().map_or(0, |run| run.seen.len());
    format!(
        "{requests} requests, {} per second. Users who saw an error: {}.",
        scenario.requests_per_second,
        errors.collect::<Vec<_>>().join(", "),
    )
}

/// What all parts of the picture draw from.
struct Page<'a> {
    scenario: &'a Scenario,
    runs: &'a [Run],
    /// The minutes of each run.
    minutes: Vec<Vec<Slice>>,
    /// The number of the run with breakers, else of the last one.
    ours: usize,
    whole: Span,
}

impl Page<'_> {
    /// Returns the run that is shown from nearby.
    fn ours(&self) -> Option<&Run> {
        self.runs.get(self.ours)
    }

    /// Returns the minutes of that run.
    fn our_minutes(&self) -> &[Slice] {
        self.minutes.get(self.ours).map_or(&[], Vec::as_slice)
    }

    /// Shades the outage, and names its phases above it.
    fn shade(&self, svg: &mut Svg, area: Area) {
        let outage = self.scenario.outage;
        let (from, until) = (
            self.whole.x(area, outage.from),
            self.whole.x(area, outage.until),
        );
        svg.rect(Area::new(from, area.y, until - from, area.h), "#fdf1ea");
        let style = r##"font-size="11" fill="#a04000""##;
        if self.scenario.phases.is_empty() {
            svg.words((from + 4.0, area.y - 6.0), style, "outage");
        }
        // Names that would run into each other take turns in two lines.
        for (number, phase) in self.scenario.phases.iter().enumerate() {
            let x = self.whole.x(area, phase.at);
            svg.line((x, area.y), (x, area.y + area.h), r##"stroke="#f0c8b0""##);
            let y = area.y - 6.0 - 12.0 * (number % 2) as f64;
            svg.words((x + 3.0, y), style, &phase.name);
        }
    }

    /// Writes the time below.
    fn clock(&self, svg: &mut Svg, area: Area) {
        let step = step_of(self.scenario.lasts);
        let mut at = Duration::ZERO;
        while at <= self.scenario.lasts {
            let x = self.whole.x(area, at);
            let bottom = area.y + area.h;
            svg.line((x, bottom), (x, bottom + 5.0), r##"stroke="#666666""##);
            let minutes = at.as_secs() / 60;
            let style = format!(r#"text-anchor="middle" fill="{GREY}""#);
            let words = format!("{}:{:02}", minutes / 60, minutes % 60);
            svg.words((x, bottom + 18.0), &style, words);
            at += step;
        }
    }

    /// Writes a row's heading, and after it each of `legend` in its colour.
    fn heading(svg: &mut Svg, area: Area, heading: &str, legend: &[(&str, &str)]) {
        let y = area.y - 8.0;
        svg.words((area.x, y), r#"font-weight="600""#, heading);
        let mut x = area.x + LETTER * heading.chars().count() as f64 + 14.0;
        for (words, color) in legend {
            svg.words(
                (x, y),
                &format!(r#"fill="{color}" font-weight="600""#),
                words,
            );
            x += LETTER * words.chars().count() as f64 + 14.0;
        }
    }

    /// Returns the name and the colour of each contestant.
    fn contestants(&self) -> Vec<(&str, &'static str)> {
        let runs = self.runs.iter();
        runs.map(|run| (run.policy.as_str(), color_of(&run.policy)))
            .collect()
    }

    /// Returns the name and the colour of each provider.
    fn providers(&self) -> Vec<(&str, &'static str)> {
        let providers = self.scenario.providers.iter().enumerate();
        providers
            .map(|(number, provider)| (provider.name.as_str(), provider_color(number)))
            .collect()
    }
}

/// Returns how far apart the times on the axis are.
fn step_of(lasts: Duration) -> Duration {
    let minutes = match lasts.as_secs() / 60 {
        0..=20 => 2,
        21..=60 => 5,
        61..=180 => 15,
        181..=600 => 30,
        _ => 120,
    };
    Duration::from_secs(minutes * 60)
}
