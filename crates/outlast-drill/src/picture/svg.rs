//! The few shapes a picture is made of.

use std::fmt::{Display, Write};

/// An SVG that is being written.
pub(super) struct Svg {
    text: String,
}

impl Svg {
    pub(super) fn new(width: f64, height: f64, title: &str) -> Self {
        let mut svg = Self {
            text: String::with_capacity(64 * 1024),
        };
        svg.put(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12" role="img">"#
        ));
        svg.put(format_args!("<title>{}</title>", Escaped(title)));
        svg.rect(Area::new(0.0, 0.0, width, height), "#ffffff");
        svg
    }

    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }

    pub(super) fn rect(&mut self, area: Area, fill: &str) {
        let Area { x, y, w, h } = area;
        self.put(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{w:.1}" height="{h:.1}" fill="{fill}"/>"#
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), style: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(format_args!(
            r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" {style}/>"#
        ));
    }

    /// Draws a line through the points; `None` breaks it.
    pub(super) fn curve(
        &mut self,
        points: impl Iterator<Item = Option<(f64, f64)>>,
        color: &str,
        width: f64,
    ) {
        let mut path = String::new();
        let mut pen_down = false;
        for point in points {
            if let Some((x, y)) = point {
                let command = if pen_down { 'L' } else { 'M' };
                // Writing to a string cannot fail.
                let _ = write!(path, "{command}{x:.1} {y:.1}");
            }
            pen_down = point.is_some();
        }
        if !path.is_empty() {
            self.put(format_args!(
                r#"<path d="{path}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linejoin="round"/>"#
            ));
        }
    }

    pub(super) fn dot(&mut self, at: (f64, f64), radius: f64, fill: &str) {
        let (x, y) = at;
        self.put(format_args!(
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" fill="{fill}"/>"#
        ));
    }

    /// Writes text; `style` is attributes such as `text-anchor="end"`.
    pub(super) fn words(&mut self, at: (f64, f64), style: &str, words: impl Display) {
        let (x, y) = at;
        let words = words.to_string();
        self.put(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" {style}>{}</text>"#,
            Escaped(&words)
        ));
    }

    fn put(&mut self, shape: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{shape}");
    }
}

/// A rectangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

impl Area {
    pub(super) const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }

    /// Returns the x of a place from 0, left, to 1, right.
    pub(super) fn across(self, place: f64) -> f64 {
        self.x + self.w * place.clamp(0.0, 1.0)
    }

    /// Returns the y of a height from 0, below, to 1, above.
    pub(super) fn up(self, height: f64) -> f64 {
        self.y + self.h * (1.0 - height.clamp(0.0, 1.0))
    }
}

/// Text in which nothing is markup.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            _ if c.is_control() => Ok(()),
            _ => f.write_char(c),
        })
    }
}
