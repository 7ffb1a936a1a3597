//! The live view: a bar, a line of figures and what is going on, on stderr and only on a terminal.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::interval;

use super::board::Board;
use crate::output;

/// How often the figures change.
const REFRESH: Duration = Duration::from_millis(100);
/// The time that "now" stands for.
const NOW: Duration = Duration::from_secs(1);

/// Shows how it goes.
#[derive(Clone, Debug)]
pub(super) struct Show {
    bar: ProgressBar,
    board: Arc<Board>,
}

impl Show {
    /// Begins to show a run of about `whole`.
    pub(super) fn new(board: Arc<Board>, whole: Duration) -> Self {
        // A target that is no terminal draws nothing.
        let bar = ProgressBar::with_draw_target(
            Some(whole.as_millis().try_into().unwrap_or(u64::MAX)),
            ProgressDrawTarget::stderr(),
        );
        if let Ok(style) = ProgressStyle::with_template("{bar:50} {prefix}\n{msg}") {
            bar.set_style(style);
        }
        Self { bar, board }
    }

    /// Says what is going on.
    pub(super) fn say(&self, what: &str) {
        let line = format!("{:5.1} s  {what}", self.board.now().as_secs_f64());
        if self.bar.is_hidden() {
            output::note(line);
        } else {
            self.bar.println(line);
            self.bar.set_prefix(what.to_owned());
        }
    }

    /// Keeps the figures up to date for ever: drop it in the end.
    pub(super) async fn keep_up(&self) -> Infallible {
        let mut ticks = interval(REFRESH);
        loop {
            ticks.tick().await;
            self.refresh();
        }
    }

    /// Clears the view.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn refresh(&self) {
        if self.bar.is_hidden() {
            return;
        }
        let count = self.board.count(NOW);
        let share = |part: usize| 100 * part / count.recent.max(1);
        let by_fallback = count.recent - count.recent_by_primary;
        self.bar
            .set_position(self.board.now().as_millis().try_into().unwrap_or(u64::MAX));
        self.bar.set_message(format!(
            "{} requests, {} errors seen by callers; now: primary {} %, fallback {} %",
            count.requests,
            count.errors,
            share(count.recent_by_primary),
            share(by_fallback),
        ));
    }
}
