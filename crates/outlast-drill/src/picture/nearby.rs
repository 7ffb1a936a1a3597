//! Two looks from nearby: how the outage begins, and how the traffic comes back.

use std::time::Duration;

use super::axis::{GREY, Scale, Span};
use super::series::slices;
use super::svg::{Area, Svg};
use super::{Page, color_of, provider_color};
use crate::record::{Answer, Seen};

/// A little of the time before.
const BEFORE: Duration = Duration::from_secs(5);
const FIRST: Duration = Duration::from_secs(30);
const LAST: Duration = Duration::from_secs(360);
const SLICE: Duration = Duration::from_secs(10);

/// The first 30 seconds: a dot for each user of ours.
pub(super) fn beginning(page: &Page<'_>, svg: &mut Svg, area: Area) {
    let Some(ours) = page.ours() else { return };
    let from = page.scenario.outage.from;
    let span = Span {
        from: from.saturating_sub(BEFORE),
        until: from + FIRST,
    };
    frame(page, svg, area, span);
    let mut legend = page.providers();
    legend.push(("error", "#000000"));
    Page::heading(
        svg,
        area,
        "The first 30 s of ours: waits by who answered",
        &legend,
    );
    let scale = Scale::Log(0.1, 100.0);
    let marks = [(0.1, "0.1 s"), (1.0, "1 s"), (10.0, "10 s"), (60.0, "60 s")];
    scale.grid(svg, area, &marks);
    for seen in ours.seen.iter().filter(|seen| span.has(seen.due)) {
        let waited = seen.waited.unwrap_or_default().as_secs_f64();
        let at = (span.x(area, seen.due), scale.y(area, waited));
        svg.dot(at, 3.0, dot_color(seen));
    }
    seconds(svg, area, span, from, 5);
}

fn dot_color(seen: &Seen) -> &'static str {
    match seen.answer {
        Answer::Whole(provider) if seen.is_right() => provider_color(provider),
        _ => "#000000",
    }
}

/// The time after the end: the share of users whom the primary answers, a line for each contestant.
pub(super) fn end(page: &Page<'_>, svg: &mut Svg, area: Area) {
    let until = page.scenario.outage.until;
    let span = Span {
        from: until.saturating_sub(SLICE * 3),
        until: until + LAST,
    };
    frame(page, svg, area, span);
    Page::heading(
        svg,
        area,
        "The end: answered by the primary",
        &page.contestants(),
    );
    let scale = Scale::Linear(1.0);
    scale.grid(svg, area, &[(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")]);
    for run in page.runs {
        let slices = slices(run, page.scenario.lasts, SLICE);
        let near = slices.iter().filter(|slice| span.has(slice.from));
        let points = near.map(|slice| {
            let y = scale.y(area, slice.primary_share()?);
            Some((span.x(area, slice.from), y))
        });
        svg.curve(points, color_of(&run.policy), 1.8);
    }
    seconds(svg, area, span, until, 60);
}

/// Shades what of the outage is near.
fn frame(page: &Page<'_>, svg: &mut Svg, area: Area, span: Span) {
    let outage = page.scenario.outage;
    let (from, until) = (
        span.x(area, outage.from.max(span.from)),
        span.x(area, outage.until.min(span.until)),
    );
    svg.rect(Area::new(from, area.y, until - from, area.h), "#fdf1ea");
}

/// Writes the seconds since `origin` below.
fn seconds(svg: &mut Svg, area: Area, span: Span, origin: Duration, step: u64) {
    let step = Duration::from_secs(step);
    let mut at = origin;
    while at <= span.until {
        let style = format!(r#"text-anchor="middle" fill="{GREY}""#);
        let words = format!("+{} s", (at - origin).as_secs());
        svg.words((span.x(area, at), area.y + area.h + 16.0), &style, words);
        at += step;
    }
}
