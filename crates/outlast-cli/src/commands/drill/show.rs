//! How far the drill is.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The steps of a bar.
const STEPS: u64 = 1000;

/// A bar for each contestant on stderr; nothing where that is no terminal.
pub(super) struct Show {
    bars: MultiProgress,
}

/// One contestant's bar.
pub(super) struct Bar(ProgressBar);

impl Show {
    pub(super) fn new() -> Self {
        Self {
            bars: MultiProgress::new(),
        }
    }

    pub(super) fn bar(&self, name: &'static str) -> Bar {
        let bar = self.bars.add(ProgressBar::new(STEPS));
        if let Ok(style) = ProgressStyle::with_template("{prefix:>8} {wide_bar} {percent:>3} %") {
            bar.set_style(style);
        }
        bar.set_prefix(name);
        Bar(bar)
    }

    pub(super) fn finish(self) {
        // A closed stderr is nobody's problem.
        let _ = self.bars.clear();
    }
}

impl Bar {
    pub(super) fn set(&self, share: f64) {
        self.0.set_position((share * STEPS as f64) as u64);
    }
}
