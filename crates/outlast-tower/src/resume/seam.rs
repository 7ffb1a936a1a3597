//! The events of a continuation, made into events of the answer that broke.

use std::collections::VecDeque;
use std::sync::Arc;

use outlast_types::{Delta, StreamEvent};

use super::join::{Diverged, Join};

/// Fits the events of one continuation to the answer the caller is reading.
///
/// The answer keeps its one beginning: the continuation's is left out, and so is what only its own target or protocol
/// can make sense of (its reasoning, opaque events, fields of its message and of parts that it did not begin).
#[derive(Debug)]
pub(super) struct Seam {
    join: Join,
}

impl Seam {
    pub(super) fn after(text: Arc<str>) -> Self {
        Self {
            join: Join::after(text),
        }
    }

    /// Fits one event; what of it is for the caller is put at the end of `out`.
    pub(super) fn fit(
        &mut self,
        event: StreamEvent,
        out: &mut VecDeque<StreamEvent>,
    ) -> Result<(), Diverged> {
        match event {
            StreamEvent::Text(delta) => {
                let text = self.join.push(delta.text)?;
                push_text(text, out);
            }
            StreamEvent::Start(_)
            | StreamEvent::Reasoning(_)
            | StreamEvent::Opaque(_)
            | StreamEvent::Extra { .. }
            | StreamEvent::PartExtra { .. }
            | StreamEvent::ExtraDelta { .. } => {}
            // It may end a part that is left out, or one whose text is still held back and becomes part of what follows.
            StreamEvent::PartEnd { .. } if !self.join.is_open() => {}
            StreamEvent::Ping | StreamEvent::Usage { .. } => out.push_back(event),
            // Whatever else comes stands after all of the text before it.
            event => {
                self.finish(out)?;
                out.push_back(event);
            }
        }
        Ok(())
    }

    /// Takes the end of the continuation.
    pub(super) fn finish(&mut self, out: &mut VecDeque<StreamEvent>) -> Result<(), Diverged> {
        let text = self.join.finish()?;
        push_text(text, out);
        Ok(())
    }
}

fn push_text(text: String, out: &mut VecDeque<StreamEvent>) {
    if !text.is_empty() {
        out.push_back(StreamEvent::Text(Delta { choice: 0, text }));
    }
}
