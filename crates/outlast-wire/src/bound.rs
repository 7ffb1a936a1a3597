//! What is bound to one account: encrypted reasoning, signatures, ids of what is stored there.
//!
//! A call that goes on at another account of the same protocol leaves it behind: it would be refused there.

use std::borrow::Cow;

use outlast_types::{ChatRequest, Content, ContentPart, Error, Extra, Protocol};

use crate::notes::{Notes, unsupported};

/// What a protocol binds to an account.
pub(crate) struct Bound {
    pub(crate) protocol: Protocol,
    /// Fields of a request that stand for content which only its account has.
    pub(crate) content: &'static [&'static str],
    /// Looks at a part, and frees it from what is bound. Returns whether anything is left of it.
    pub(crate) free_part: fn(&mut ContentPart, &mut Notes) -> bool,
    /// Frees the fields of a message.
    pub(crate) free_fields: fn(&mut Extra, &mut Notes),
}

impl Bound {
    /// Returns `request` without what is bound to the account it was first sent to, if it goes to another one now.
    ///
    /// It fails if content is missing without that: the answer would be to another question.
    pub(crate) fn free<'a>(
        &self,
        request: &'a ChatRequest,
        notes: &mut Notes,
    ) -> Result<Cow<'a, ChatRequest>, Error> {
        if !request.context.has_moved() {
            return Ok(Cow::Borrowed(request));
        }
        if let Some(extra) = &request.extra {
            self.refuse_stored(extra)?;
        }
        let mut request = request.clone();
        for message in &mut request.body_mut().messages {
            if let Some(extra) = self.own(&mut message.extra) {
                (self.free_fields)(extra, notes);
            }
            if let Content::Parts(parts) = &mut message.content {
                parts.retain_mut(|part| (self.free_part)(part, notes));
            }
        }
        Ok(Cow::Owned(request))
    }

    /// Fails if one of a request's fields stands for content that only one account has.
    pub(crate) fn refuse_stored(&self, extra: &Extra) -> Result<(), Error> {
        let fields = extra.fields_for(&self.protocol);
        let is_there = |name: &&&str| {
            let value = fields.and_then(|fields| fields.get(**name));
            value.is_some_and(|value| !value.is_null())
        };
        match self.content.iter().find(is_there) {
            Some(name) => Err(unsupported(&format!(
                "what `{name}` stands for is stored at one account of {} and cannot be sent to another",
                self.protocol
            ))),
            None => Ok(()),
        }
    }

    fn own<'e>(&self, extra: &'e mut Option<Extra>) -> Option<&'e mut Extra> {
        extra.as_mut().filter(|extra| extra.origin == self.protocol)
    }
}
