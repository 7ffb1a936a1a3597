//! What is bound to one account: encrypted reasoning, signatures, ids of what is stored there.
//!
//! A call that goes on at another account of the same protocol leaves it behind: it would be refused there. So does a turn
//! that another account wrote, wherever the call goes first.

use std::borrow::Cow;

use outlast_types::{
    ChatRequest, Content, ContentPart, Error, Extra, Media, MediaSource, Message, Opaque, Protocol,
    RawJson, ToolSpec,
};
use serde::Deserialize;

use crate::notes::{Notes, unsupported};

/// What a protocol binds to an account.
pub(crate) struct Bound {
    pub(crate) protocol: Protocol,
    /// Fields of a request that stand for content which only its account has.
    pub(crate) content: &'static [&'static str],
    /// Types of parts that do.
    pub(crate) parts: &'static [&'static str],
    /// Tells of a field of a hosted tool whether it does.
    pub(crate) is_stored_for_tool: fn(&str, &RawJson) -> bool,
    /// Fields of a request that the answer can do without, though it may show.
    pub(crate) fields: &'static [&'static str],
    /// Looks at a part, and frees it from what is bound. Returns whether anything is left of it.
    pub(crate) free_part: fn(&mut ContentPart, &mut Notes) -> bool,
    /// Frees the fields of a message.
    pub(crate) free_fields: fn(&mut Extra, &mut Notes),
}

/// The name of a part's type, in the protocols that have one.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type", default)]
    name: String,
}

/// Returns the type that an opaque part says it is of; empty if it says none.
pub(crate) fn kind_of(part: &Opaque) -> String {
    part.raw
        .read::<Kind>()
        .map_or_else(|_| String::new(), |kind| kind.name)
}

/// Fails if a file is named that was uploaded to another account than the one the call goes to now.
pub(crate) fn refuse_uploads(request: &ChatRequest) -> Result<(), Error> {
    let mut parts = request.messages.iter().flat_map(|it| it.content.parts());
    if !parts.any(names_upload) || !request.context.has_moved() {
        return Ok(());
    }
    Err(unsupported(
        "a file that is named by its id is stored at one account and cannot be sent to another: send its bytes instead",
    ))
}

fn names_upload(part: &ContentPart) -> bool {
    match part {
        ContentPart::Image(media) | ContentPart::Document(media) | ContentPart::Audio(media) => {
            is_upload(media)
        }
        ContentPart::ToolResult(result) => result.content.parts().iter().any(names_upload),
        _ => false,
    }
}

/// What lies in a bucket is there for every account that may read the bucket.
fn is_upload(media: &Media) -> bool {
    matches!(&media.source, MediaSource::FileId(id) if !id.starts_with("gs://"))
}

impl Bound {
    /// Returns `request` without what is bound to another account than the one it goes to now.
    ///
    /// It fails if content is missing without that: the answer would be to another question.
    pub(crate) fn free<'a>(
        &self,
        request: &'a ChatRequest,
        notes: &mut Notes,
    ) -> Result<Cow<'a, ChatRequest>, Error> {
        let context = &request.context;
        let has_moved = context.has_moved();
        let is_from_elsewhere = |message: &Message| match &message.author {
            Some(_) => context.is_from_elsewhere(message),
            None => has_moved,
        };
        if !has_moved && !request.messages.iter().any(is_from_elsewhere) {
            return Ok(Cow::Borrowed(request));
        }
        let mut freed = request.clone();
        if has_moved {
            self.free_request(&mut freed, notes)?;
        }
        for message in &mut freed.body_mut().messages {
            if is_from_elsewhere(message) {
                self.free_message(message, notes)?;
            }
        }
        Ok(Cow::Owned(freed))
    }

    fn free_request(&self, request: &mut ChatRequest, notes: &mut Notes) -> Result<(), Error> {
        for tool in &request.tools {
            self.refuse_stored_for_tool(tool)?;
        }
        let Some(extra) = &mut request.body_mut().extra else {
            return Ok(());
        };
        self.refuse_stored(extra)?;
        if extra.origin != self.protocol {
            return Ok(());
        }
        for name in self.fields {
            let value = extra.fields.remove(*name);
            if value.is_some_and(|value| !value.is_null()) {
                notes.loss(format!("`{name}` is left out: it is another account's"));
            }
        }
        Ok(())
    }

    fn refuse_stored_for_tool(&self, tool: &ToolSpec) -> Result<(), Error> {
        let fields = tool
            .extra
            .as_ref()
            .and_then(|extra| extra.fields_for(&self.protocol));
        let mut fields = fields.into_iter().flatten();
        match fields.find(|(name, value)| (self.is_stored_for_tool)(name, value)) {
            Some((name, _)) => Err(self.stored(name)),
            None => Ok(()),
        }
    }

    fn free_message(&self, message: &mut Message, notes: &mut Notes) -> Result<(), Error> {
        if let Some(extra) = self.own(&mut message.extra) {
            (self.free_fields)(extra, notes);
        }
        let Content::Parts(parts) = &mut message.content else {
            return Ok(());
        };
        for part in parts.iter() {
            if let ContentPart::Opaque(part) = part {
                self.refuse_stored_part(part)?;
            }
        }
        parts.retain_mut(|part| (self.free_part)(part, notes));
        Ok(())
    }

    /// Fails if a part stands for content that only one account has.
    pub(crate) fn refuse_stored_part(&self, part: &Opaque) -> Result<(), Error> {
        if self.parts.is_empty() || part.origin != self.protocol {
            return Ok(());
        }
        match self.parts.iter().find(|kind| kind_of(part) == **kind) {
            Some(kind) => Err(self.stored(kind)),
            None => Ok(()),
        }
    }

    fn stored(&self, name: &str) -> Error {
        unsupported(&format!(
            "what `{name}` stands for is stored at one account of {} and cannot be sent to another",
            self.protocol
        ))
    }

    /// Fails if one of a request's fields stands for content that only one account has.
    pub(crate) fn refuse_stored(&self, extra: &Extra) -> Result<(), Error> {
        let fields = extra.fields_for(&self.protocol);
        let is_there = |name: &&&str| {
            let value = fields.and_then(|fields| fields.get(**name));
            value.is_some_and(|value| !value.is_null())
        };
        match self.content.iter().find(is_there) {
            Some(name) => Err(self.stored(name)),
            None => Ok(()),
        }
    }

    fn own<'e>(&self, extra: &'e mut Option<Extra>) -> Option<&'e mut Extra> {
        extra.as_mut().filter(|extra| extra.origin == self.protocol)
    }
}
