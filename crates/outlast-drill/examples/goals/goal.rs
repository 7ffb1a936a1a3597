//! A goal and what was measured.

use serde::Serialize;

/// One figure beside its target.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Goal {
    /// The goal's number.
    pub(crate) number: u32,
    /// What is measured.
    pub(crate) what: String,
    /// The target, in words.
    pub(crate) target: String,
    /// What was measured, in words.
    pub(crate) figure: String,
    /// Whether the target is met.
    pub(crate) met: bool,
}

impl Goal {
    pub(crate) fn new(
        number: u32,
        what: impl Into<String>,
        target: impl Into<String>,
        figure: impl Into<String>,
        met: bool,
    ) -> Self {
        Self {
            number,
            what: what.into(),
            target: target.into(),
            figure: figure.into(),
            met,
        }
    }

    /// Measures something that must not be more than `most`.
    pub(crate) fn at_most(
        number: u32,
        what: impl Into<String>,
        unit: &str,
        most: f64,
        found: f64,
    ) -> Self {
        let words = |figure: f64| format!("{} {unit}", short(figure)).trim_end().to_owned();
        let target = format!("≤ {}", words(most));
        Self::new(number, what, target, words(found), found <= most)
    }
}

/// Writes a figure without digits that say nothing.
pub(crate) fn short(figure: f64) -> String {
    let text = format!("{figure:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}
