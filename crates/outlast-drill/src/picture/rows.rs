//! The rows that share the time axis.

use std::time::Duration;

use super::axis::Scale;
use super::series::Slice;
use super::svg::{Area, Svg};
use super::{MINUTE, Page, color_of, provider_color};
use crate::record::Run;

const HALF: Duration = Duration::from_secs(30);

/// Which users had the right answer, a line for each contestant.
pub(super) fn success(page: &Page<'_>, svg: &mut Svg, area: Area) {
    Page::heading(
        svg,
        area,
        "Users with the right answer",
        &page.contestants(),
    );
    let scale = Scale::Linear(1.0);
    scale.grid(svg, area, &[(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")]);
    curves(
        page,
        svg,
        |slice| Some(scale.y(area, slice.success()?)),
        area,
    );
}

/// How many calls reach the primary; the dashed line is what users ask.
pub(super) fn calls(page: &Page<'_>, svg: &mut Svg, area: Area) {
    let heading = "Calls to the primary per second (dashed: requests of users)";
    Page::heading(svg, area, heading, &page.contestants());
    let scale = Scale::Log(0.01, 100.0);
    let marks = [
        (0.01, "0.01"),
        (0.1, "0.1"),
        (1.0, "1"),
        (10.0, "10"),
        (100.0, "100"),
    ];
    scale.grid(svg, area, &marks);
    let offered = scale.y(area, page.scenario.requests_per_second);
    let dashed = r##"stroke="#333333" stroke-dasharray="5 4""##;
    svg.line((area.x, offered), (area.x + area.w, offered), dashed);
    let rate = |slice: &Slice| scale.y(area, slice.primary_calls as f64 / MINUTE.as_secs_f64());
    curves(page, svg, |slice| Some(rate(slice)), area);
}

/// How long users wait for the first words.
pub(super) fn waits(page: &Page<'_>, svg: &mut Svg, area: Area) {
    let heading = "First words after (median; ours with the band from 5 to 99 of 100)";
    Page::heading(svg, area, heading, &page.contestants());
    let scale = Scale::Log(0.1, 100.0);
    scale.grid(
        svg,
        area,
        &[(0.1, "0.1 s"), (1.0, "1 s"), (10.0, "10 s"), (60.0, "60 s")],
    );
    for slice in page.our_minutes() {
        let (Some(few), Some(most)) = (slice.waited(5), slice.waited(99)) else {
            continue;
        };
        let (top, bottom) = (scale.y(area, most), scale.y(area, few));
        let x = page.whole.x(area, slice.from);
        let w = page.whole.x(area, slice.from + MINUTE) - x;
        svg.rect(Area::new(x, top, w, bottom - top), "#cfe3f1");
    }
    curves(
        page,
        svg,
        |slice| Some(scale.y(area, slice.waited(50)?)),
        area,
    );
}

/// What the breakers make of the providers, with a tick for each call to one that is kept away from.
pub(super) fn states(page: &Page<'_>, svg: &mut Svg, area: Area) {
    let Some(ours) = page.ours() else { return };
    let legend = STATES.map(|(state, color)| (state, color));
    Page::heading(
        svg,
        area,
        "State of each target (ticks: calls while open)",
        &legend,
    );
    let providers = page.scenario.providers.len().max(1);
    let height = (area.h / providers as f64).min(24.0);
    for (number, provider) in page.scenario.providers.iter().enumerate() {
        let y = area.y + height * number as f64;
        let row = Area::new(area.x, y + 2.0, area.w, height - 4.0);
        let style = format!(r#"text-anchor="end" fill="{}""#, provider_color(number));
        svg.words(
            (area.x - 8.0, y + height / 2.0 + 4.0),
            &style,
            &provider.name,
        );
        ribbon(page, svg, row, ours, number);
    }
}

const STATES: [(&str, &str); 4] = [
    ("closed", "#7fbf9f"),
    ("ramp", "#e6c200"),
    ("half_open", "#f0a040"),
    ("open", "#b03030"),
];

fn state_color(state: &str) -> &'static str {
    let found = STATES.iter().find(|(name, _)| *name == state);
    found.map_or("#888888", |(_, color)| color)
}

fn ribbon(page: &Page<'_>, svg: &mut Svg, row: Area, run: &Run, provider: usize) {
    let changes = run
        .changes
        .iter()
        .filter(|change| change.provider == provider);
    let (mut from, mut state) = (Duration::ZERO, "closed");
    let end = (page.scenario.lasts, "closed");
    for (at, to) in changes.map(|change| (change.at, change.to)).chain([end]) {
        let (x, until) = (page.whole.x(row, from), page.whole.x(row, at));
        svg.rect(Area::new(x, row.y, until - x, row.h), state_color(state));
        (from, state) = (at, to);
    }
    for call in run.calls.iter().filter(|call| call.provider == provider) {
        if matches!(state_at(run, provider, call.at), "open" | "half_open") {
            let x = page.whole.x(row, call.at);
            svg.line(
                (x, row.y + row.h - 5.0),
                (x, row.y + row.h),
                r##"stroke="#ffffff""##,
            );
        }
    }
}

fn state_at(run: &Run, provider: usize, at: Duration) -> &'static str {
    let changes = run.changes.iter().rev();
    changes
        .filter(|change| change.provider == provider)
        .find(|change| change.at <= at)
        .map_or("closed", |change| change.to)
}

/// What tokens cost per minute, by provider.
pub(super) fn spending(page: &Page<'_>, svg: &mut Svg, area: Area) {
    Page::heading(
        svg,
        area,
        "Spent per minute by ours, in dollars",
        &page.providers(),
    );
    let slices = page.our_minutes();
    let most = slices.iter().map(|slice| slice.spent.iter().sum());
    let most = most.fold(0.0_f64, f64::max);
    if most == 0.0 {
        return;
    }
    let scale = Scale::Linear(most * 1.1);
    scale.grid(svg, area, &[(0.0, "0"), (most, &format!("{most:.2}"))]);
    for slice in slices {
        let x = page.whole.x(area, slice.from);
        let w = page.whole.x(area, slice.from + MINUTE) - x;
        let mut below = 0.0;
        for (number, spent) in slice.spent.iter().enumerate() {
            let (top, bottom) = (scale.y(area, below + spent), scale.y(area, below));
            svg.rect(Area::new(x, top, w, bottom - top), provider_color(number));
            below += spent;
        }
    }
}

/// Draws a line for each contestant.
fn curves(page: &Page<'_>, svg: &mut Svg, y: impl Fn(&Slice) -> Option<f64>, area: Area) {
    for (run, slices) in page.runs.iter().zip(&page.minutes) {
        let points = slices.iter().map(|slice| {
            let x = page.whole.x(area, slice.from + HALF);
            Some((x, y(slice)?))
        });
        svg.curve(points, color_of(&run.policy), 1.8);
    }
}
