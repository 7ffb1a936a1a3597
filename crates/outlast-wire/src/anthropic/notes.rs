//! What was changed in a request so that this protocol can carry it.

use std::borrow::Cow;

use outlast_types::{Adaptation, Error, ErrorKind};

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

    pub(super) fn into_adaptations(self) -> Vec<Adaptation> {
        self.0
    }
}

/// Makes the error of a request that this protocol has no form for.
pub(super) fn unsupported(message: &str) -> Error {
    Error::new(ErrorKind::Unsupported).with_message(message)
}
