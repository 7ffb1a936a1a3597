//! Finds out in whose format a reply is, and has it read.

use bytes::Bytes;
use outlast_types::{Error, ErrorKind};

use super::text::TextFrames;
use crate::anthropic::MessagesDecoder;
use crate::bedrock::ConverseDecoder;
use crate::cohere::OlderFrames;
use crate::error::{ErrorBody, malformed};
use crate::json::Object;
use crate::openai::ChatFrames;
use crate::{Events, FrameDecoder};

/// The events of Converse, which Nova puts into objects of one field.
const CONVERSE_EVENTS: [&str; 6] = [
    "contentBlockDelta",
    "contentBlockStart",
    "contentBlockStop",
    "messageStart",
    "messageStop",
    "metadata",
];

/// Understands the events of a stream and the body of a whole reply of any vendor.
#[derive(Debug, Default)]
pub struct InvokeFrames(Option<Vendor>);

#[derive(Debug)]
enum Vendor {
    Messages(Box<MessagesDecoder>),
    Converse(Box<ConverseDecoder>),
    OpenAi(Box<ChatFrames>),
    CohereOlder(OlderFrames),
    Text(TextFrames),
}

impl Vendor {
    /// Tells by the fields of the first event, or of the whole reply.
    fn of(fields: &Object<'_>) -> Option<Self> {
        let has = |names: &[&str]| names.iter().any(|name| fields.get(name).is_some());
        Some(if has(&["type"]) && !has(&["completion"]) {
            Self::Messages(Box::default())
        } else if has(&["output"]) || has(&CONVERSE_EVENTS) {
            Self::Converse(Box::default())
        } else if has(&["event_type", "generation_id"]) {
            Self::CohereOlder(OlderFrames::default())
        } else if has(&["choices"]) && !has_texts(fields) {
            Self::OpenAi(Box::default())
        } else if TextFrames::FIELDS.iter().any(|name| has(&[name])) {
            Self::Text(TextFrames::default())
        } else {
            return None;
        })
    }

    fn decoder(&mut self) -> &mut dyn FrameDecoder {
        match self {
            Self::Messages(decoder) => &mut **decoder,
            Self::Converse(decoder) => &mut **decoder,
            Self::OpenAi(decoder) => &mut **decoder,
            Self::CohereOlder(decoder) => decoder,
            Self::Text(decoder) => decoder,
        }
    }
}

/// Tells whether the choices are texts and no messages.
fn has_texts(fields: &Object<'_>) -> bool {
    fields
        .get("choices")
        .and_then(|raw| serde_json::from_str::<Vec<Object<'_>>>(raw.get()).ok())
        .and_then(|choices| choices.first().map(|choice| choice.get("text").is_some()))
        .unwrap_or(false)
}

impl FrameDecoder for InvokeFrames {
    fn frame(&mut self, _: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        let mut fields = Object::read(data.as_bytes())
            .map_err(|error| error.into_error(ErrorKind::Malformed))?;
        let vendor = match &mut self.0 {
            Some(vendor) => vendor,
            unknown => {
                let vendor =
                    Vendor::of(&fields).ok_or_else(|| failure(data, ErrorKind::StreamBroken))?;
                unknown.insert(vendor)
            }
        };
        match vendor {
            Vendor::Converse(decoder) => {
                let event = CONVERSE_EVENTS
                    .iter()
                    .find_map(|name| Some((*name, fields.take_raw(name)?)));
                match event {
                    Some((name, raw)) => decoder.frame(Some(name), raw.get(), out),
                    None => decoder.frame(None, data, out),
                }
            }
            vendor => vendor.decoder().frame(None, data, out),
        }
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let fields = Object::read(body).map_err(|error| error.into_error(ErrorKind::Malformed))?;
        let vendor = Vendor::of(&fields)
            .ok_or_else(|| failure(&String::from_utf8_lossy(body), ErrorKind::Server))?;
        self.0.insert(vendor).decoder().whole(body, out)
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        match &mut self.0 {
            Some(vendor) => vendor.decoder().end(out),
            None => Err(Error::new(ErrorKind::StreamBroken)
                .with_message("the stream ended before the answer did")),
        }
    }

    fn is_done(&self) -> bool {
        match &self.0 {
            None => false,
            Some(Vendor::Messages(decoder)) => decoder.is_done(),
            Some(Vendor::Converse(decoder)) => decoder.is_done(),
            Some(Vendor::OpenAi(decoder)) => decoder.is_done(),
            Some(Vendor::CohereOlder(decoder)) => decoder.is_done(),
            Some(Vendor::Text(decoder)) => decoder.is_done(),
        }
    }
}

/// Makes the error of a document in no vendor's format: the service's own `{"message": "..."}`, or something else.
fn failure(document: &str, otherwise: ErrorKind) -> Error {
    let message = Object::read(document.as_bytes())
        .ok()
        .and_then(|mut fields| fields.take::<String>("message").ok().flatten());
    match message {
        Some(message) => ErrorBody {
            message: Some(message),
            ..ErrorBody::default()
        }
        .into_error_in_reply(otherwise),
        None => malformed("the reply is in no format that is known"),
    }
}
