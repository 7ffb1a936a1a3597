//! The body of a unary reply, as the events of a stream that came at once.

use bytes::Bytes;
use outlast_types::{ContentPart, Error, ErrorKind, ReplyStart, StreamEvent};
use serde_json::value::RawValue;

use super::{PROTOCOL, decode, error, message, usage};
use crate::Events;
use crate::error::malformed;
use crate::json::{FieldError, Object};

/// Reads a body: a reply, or an error that came with a status of 2xx.
pub(super) fn read(body: &Bytes, out: &mut Events) -> Result<(), Error> {
    let mut reply = Object::read(body).map_err(field)?;
    let Some(raw) = reply
        .take_raw("message")
        .filter(|raw| raw.get().starts_with('{'))
    else {
        return Err(error::in_reply(body, ErrorKind::Server)
            .unwrap_or_else(|| malformed("the reply has no message")));
    };
    let reason: Option<String> = reply.take("finish_reason").map_err(field)?;
    let usage = reply.take_raw("usage");

    let mut start = ReplyStart::new(PROTOCOL);
    start.id = reply.take("id").ok().flatten();
    start.extra = reply.into_extra(PROTOCOL);
    out.push_back(StreamEvent::Start(Box::new(start)));
    parts(raw, out).map_err(|error| field(error.within("message")))?;
    out.extend(usage.and_then(usage::read_event));
    decode::end(reason.as_deref(), None, out)
}

fn parts(raw: &RawValue, out: &mut Events) -> Result<(), FieldError> {
    let mut message = message::understand(raw)?;
    let parts = match std::mem::replace(&mut message.content, Vec::new().into()) {
        outlast_types::Content::Text(text) => vec![ContentPart::text(text)],
        outlast_types::Content::Parts(parts) => parts,
    };
    out.extend(parts.into_iter().map(|part| StreamEvent::Part {
        choice: 0,
        part: Box::new(part),
    }));
    if let Some(extra) = message.extra {
        out.push_back(StreamEvent::Extra {
            choice: 0,
            extra: Box::new(extra),
        });
    }
    Ok(())
}

fn field(error: FieldError) -> Error {
    error.into_error(ErrorKind::Malformed)
}
