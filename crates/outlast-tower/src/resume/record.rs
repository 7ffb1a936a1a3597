//! What the caller has seen.

use std::sync::Arc;

use outlast_types::{StreamEvent, Usage};

use super::eligible::is_the_target_s_own;

/// The most bytes of text that are kept; a longer answer is not continued.
const MAX_TEXT: usize = 1024 * 1024;

/// What the caller has seen of the answer so far.
#[derive(Debug, Default)]
pub(super) struct Record {
    text: String,
    /// Whether the caller has seen something that nobody else can go on after, or the end.
    is_closed: bool,
    /// The tokens of the streams that broke.
    spent: Usage,
    /// The tokens of the stream that is being read, as far as it has said.
    current: Usage,
}

impl Record {
    /// Notes an event on its way to the caller.
    pub(super) fn see(&mut self, event: &StreamEvent) {
        match event {
            StreamEvent::Text(delta) if delta.choice == 0 && !self.is_closed => {
                self.text.push_str(&delta.text);
                if self.text.len() > MAX_TEXT {
                    self.close();
                }
            }
            StreamEvent::Finish(_) => self.close(),
            event if is_the_target_s_own(event) => self.close(),
            _ => {}
        }
    }

    /// Notes the tokens of the stream that is being read, and returns those of all.
    pub(super) fn used(&mut self, usage: Usage) -> Usage {
        self.current = usage;
        self.spent.plus(usage)
    }

    /// Notes that the stream broke.
    pub(super) fn broke(&mut self) {
        self.spent = self.spent.plus(std::mem::take(&mut self.current));
    }

    /// Returns the text that another target is to go on after, if one can.
    pub(super) fn text(&self) -> Option<Arc<str>> {
        let can_go_on = !self.is_closed && !self.text.is_empty();
        can_go_on.then(|| Arc::from(self.text.as_str()))
    }

    fn close(&mut self) {
        self.is_closed = true;
        self.text = String::new();
    }
}
