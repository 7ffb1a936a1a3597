//! Where values lie on a picture.

use std::time::Duration;

use super::svg::{Area, Svg};

/// Grey of lines and small words.
pub(super) const GREY: &str = "#666666";
const GRID: &str = r##"stroke="#e4e4e4""##;

/// A stretch of time along the x axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Duration,
    pub(super) until: Duration,
}

impl Span {
    /// Returns the x of a time.
    pub(super) fn x(self, area: Area, at: Duration) -> f64 {
        let length = self.until.saturating_sub(self.from).as_secs_f64();
        let into = at.saturating_sub(self.from).as_secs_f64();
        area.across(into / length.max(f64::MIN_POSITIVE))
    }

    pub(super) fn has(self, at: Duration) -> bool {
        self.from <= at && at < self.until
    }
}

/// A stretch of values along the y axis.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scale {
    /// From 0 to the value.
    Linear(f64),
    /// From the first value to the second; each step up is the same factor.
    Log(f64, f64),
}

impl Scale {
    /// Returns the y of a value.
    pub(super) fn y(self, area: Area, value: f64) -> f64 {
        area.up(match self {
            Self::Linear(most) => value / most,
            Self::Log(least, most) => (value.max(least) / least).ln() / (most / least).ln(),
        })
    }

    /// Draws a line across for each value, with its words at the left.
    pub(super) fn grid(self, svg: &mut Svg, area: Area, marks: &[(f64, &str)]) {
        for (value, words) in marks {
            let y = self.y(area, *value);
            svg.line((area.x, y), (area.x + area.w, y), GRID);
            let style = format!(r#"text-anchor="end" fill="{GREY}""#);
            svg.words((area.x - 8.0, y + 4.0), &style, words);
        }
    }
}
