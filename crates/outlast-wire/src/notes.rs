//! What was changed in a request so that a protocol can carry it.

use std::borrow::Cow;

use outlast_types::{
    Adaptation, ChatRequest, ContentPart, Error, ErrorKind, Extra, Opaque, Protocol, ResponseFormat,
};

use crate::bound;
use crate::foreign::{self, Weight};

/// The most notes that are kept of one request: its caller chooses how many unknown fields it has.
const MAX_NOTES: usize = 64;

/// The most bytes of a field's name that a note quotes.
const MAX_NAME: usize = 64;

/// Gathers adaptations, each once.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Adaptation>);

impl Notes {
    /// Notes that something is asked for in another form, or that what stays behind bears on nothing the caller can see.
    pub(crate) fn change(&mut self, what: impl Into<Cow<'static, str>>) {
        self.add(Adaptation::change(what));
    }

    /// Notes that something that was asked for is left out.
    pub(crate) fn loss(&mut self, what: impl Into<Cow<'static, str>>) {
        self.add(Adaptation::loss(what));
    }

    /// Names the fields of a protocol other than `own`, which stay behind.
    pub(crate) fn leave_out(&mut self, extra: Option<&Extra>, own: &Protocol) {
        self.leave_out_but(extra, own, &[]);
    }

    /// Names the fields of a protocol other than `own`, but for those in `carried`: the codec found a form for them.
    pub(crate) fn leave_out_but(
        &mut self,
        extra: Option<&Extra>,
        own: &Protocol,
        carried: &[&str],
    ) {
        let Some(extra) = extra.filter(|extra| extra.origin != *own) else {
            return;
        };
        for (name, value) in &extra.fields {
            if carried.contains(&name.as_str()) {
                continue;
            }
            let name = foreign::shortened(name, MAX_NAME);
            let what = || format!("the field `{name}` of {} is left out", extra.origin);
            match foreign::weigh_field(&extra.origin, name, value) {
                Weight::Nothing => {}
                Weight::Change => self.change(what()),
                Weight::Loss => self.loss(what()),
            }
        }
    }

    /// Notes that a part of another protocol stays behind.
    pub(crate) fn leave_out_part(&mut self, part: &Opaque) {
        let what = format!("a part that only {} understands is left out", part.origin);
        match foreign::weigh_part(part) {
            Weight::Loss => self.loss(what),
            _ => self.change(what),
        }
    }

    pub(crate) fn into_adaptations(self) -> Vec<Adaptation> {
        self.0
    }

    fn add(&mut self, note: Adaptation) {
        if self.0.contains(&note) {
            return;
        }
        if self.0.len() < MAX_NOTES {
            self.0.push(note);
        } else if let Some(last) = self.0.last_mut() {
            // What is still to come counts as lost, whatever it is: better to say too much than too little.
            *last = Adaptation::loss("and more is left out");
        }
    }
}

/// Makes the error of a request that a protocol has no form for.
pub(crate) fn unsupported(message: &str) -> Error {
    Error::new(ErrorKind::Unsupported).with_message(message)
}

/// Refuses what a request cannot do without and only a protocol other than `own`, or another account, knows: the form of
/// its answer, and what stands for content which is stored at a provider.
pub(crate) fn refuse_foreign(request: &ChatRequest, own: &Protocol) -> Result<(), Error> {
    if let Some(ResponseFormat::Opaque(opaque)) = &request.response_format
        && opaque.origin != *own
    {
        return Err(foreign_format());
    }
    if let Some(extra) = request.extra.as_ref().filter(|extra| extra.origin != *own) {
        foreign::refuse_stored(extra)?;
    }
    request
        .messages
        .iter()
        .flat_map(|message| message.content.parts())
        .filter_map(opaque)
        .filter(|part| part.origin != *own)
        .try_for_each(foreign::refuse_stored_part)?;
    bound::refuse_uploads(request)
}

fn opaque(part: &ContentPart) -> Option<&Opaque> {
    match part {
        ContentPart::Opaque(opaque) => Some(opaque),
        _ => None,
    }
}

/// Makes the error of an answer whose form only another protocol knows: without it nobody could read the answer.
pub(crate) fn foreign_format() -> Error {
    unsupported("a form of the answer that only another protocol knows cannot be asked for")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use outlast_types::RawJson;

    use super::*;

    #[test]
    fn a_note_is_kept_once_and_only_so_many_are_kept() {
        let mut notes = Notes::default();
        (0..3).for_each(|_| notes.change("same"));
        (0..1000).for_each(|number| notes.change(format!("note {number}")));

        let kept = notes.into_adaptations();
        assert_eq!(kept.len(), MAX_NOTES);
        assert_eq!(kept[1], Adaptation::change("note 0"));
        assert_eq!(
            kept[MAX_NOTES - 1],
            Adaptation::loss("and more is left out")
        );
    }

    #[test]
    fn a_field_s_name_is_quoted_only_so_far() {
        let field = ("ж".repeat(5000), RawJson::from(serde_json::json!(1)));
        let extra = Extra {
            origin: Protocol::new("other"),
            fields: BTreeMap::from([field]),
        };
        let mut notes = Notes::default();
        notes.leave_out(Some(&extra), &Protocol::new("own"));
        let [note] = notes.into_adaptations().try_into().unwrap();
        assert!(note.is_loss());
        assert!(note.what.len() < 120, "{note}");
    }
}
