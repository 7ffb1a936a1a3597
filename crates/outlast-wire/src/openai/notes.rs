//! What was changed in a request so that this protocol can carry it.

use std::borrow::Cow;

use outlast_types::{Adaptation, Extra};

use super::PROTOCOL;

/// Gathers adaptations, each once.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Adaptation>);

impl Notes {
    pub(super) fn add(&mut self, note: impl Into<Cow<'static, str>>) {
        let note = Adaptation(note.into());
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// Names the fields of another protocol, which stay behind.
    pub(super) fn leave_out(&mut self, extra: Option<&Extra>) {
        let Some(extra) = extra.filter(|extra| extra.origin != PROTOCOL) else {
            return;
        };
        for name in extra.fields.keys() {
            self.add(format!(
                "the field `{name}` of {} is left out",
                extra.origin
            ));
        }
    }

    pub(super) fn into_adaptations(self) -> Vec<Adaptation> {
        self.0
    }
}
