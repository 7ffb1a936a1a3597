//! What was changed in a request so that a protocol can carry it.

use std::borrow::Cow;

use outlast_types::{Adaptation, Error, ErrorKind, Extra, Protocol};

/// Gathers adaptations, each once.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Adaptation>);

impl Notes {
    /// Notes that something is asked for in another form, or that what stays behind bears on nothing the caller can see.
    pub(crate) fn change(&mut self, what: impl Into<Cow<'static, str>>) {
        self.add(what);
    }

    /// Notes that something that was asked for is left out.
    pub(crate) fn loss(&mut self, what: impl Into<Cow<'static, str>>) {
        self.add(what);
    }

    pub(crate) fn add(&mut self, note: impl Into<Cow<'static, str>>) {
        let note = Adaptation(note.into());
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// Names the fields of a protocol other than `own`, which stay behind.
    pub(crate) fn leave_out(&mut self, extra: Option<&Extra>, own: &Protocol) {
        let Some(extra) = extra.filter(|extra| extra.origin != *own) else {
            return;
        };
        for name in extra.fields.keys() {
            self.add(format!(
                "the field `{name}` of {} is left out",
                extra.origin
            ));
        }
    }

    pub(crate) fn into_adaptations(self) -> Vec<Adaptation> {
        self.0
    }
}

/// Makes the error of a request that a protocol has no form for.
pub(crate) fn unsupported(message: &str) -> Error {
    Error::new(ErrorKind::Unsupported).with_message(message)
}
