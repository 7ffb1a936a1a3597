//! Writes a response: the body of a unary reply, and what a stream's first and last events carry.

use bytes::{Bytes, BytesMut};
use outlast_types::{
    ChatResponse, Extra, Finish, FinishReason, Opaque, ReplyStart, StreamEvent, Usage,
};

use super::marks::Fields;
use super::output_item::OutputItem;
use super::stream_out::ResponsesEncoder;
use super::{PROTOCOL, ending, usage};
use crate::StreamEncoder;
use crate::json::{ObjectWriter, write_object};
use crate::openai::spelling::Spelling;

/// The id of a reply that its provider gave none.
pub(super) const NO_ID: &str = "resp_outlast";

/// Writes the body for `response`. One that came in this protocol is passed on as it was received.
pub(super) fn write_whole(response: &ChatResponse, now: i64) -> Bytes {
    if response.start.protocol == PROTOCOL && !response.raw.is_empty() {
        return response.raw.slice_ref(response.raw.trim_ascii());
    }
    let mut frames = BytesMut::new();
    let mut encoder = ResponsesEncoder::new("", now);
    encoder.event(
        &StreamEvent::Start(Box::new(response.start.clone())),
        &mut frames,
    );
    for event in events_of(response) {
        encoder.event(&event, &mut frames);
        frames.clear();
    }
    let mut body = BytesMut::with_capacity(1024);
    write_object(&mut body, |object| encoder.write_response(object));
    body.freeze()
}

/// Returns the first answer of a whole reply as the events of a stream that came at once: the format gives one.
fn events_of(response: &ChatResponse) -> Vec<StreamEvent> {
    let mut events = vec![StreamEvent::Usage {
        usage: response.usage,
        raw: response.raw_usage.clone().map(Box::new),
    }];
    let Some(choice) = response.choices.first() else {
        return events;
    };
    events.extend(choice.content.iter().map(|part| StreamEvent::Part {
        choice: 0,
        part: Box::new(part.clone()),
    }));
    if let Some(reason) = &choice.finish {
        events.push(StreamEvent::Finish(Finish {
            choice: 0,
            reason: reason.clone(),
            extra: choice.extra.clone().map(Box::new),
        }));
    }
    events
}

/// A response at some point of its making.
pub(super) struct Response<'a> {
    pub(super) start: Option<&'a ReplyStart>,
    /// Stands in for the model's name where the provider gave none.
    pub(super) model: &'a str,
    pub(super) now: i64,
    /// The output and the ending; nothing of a response that is under way.
    pub(super) ending: Option<Ending<'a>>,
}

/// What a response has at its end.
pub(super) struct Ending<'a> {
    pub(super) items: &'a [OutputItem],
    pub(super) usage: Option<(Usage, Option<&'a Opaque>)>,
    pub(super) reason: Option<&'a FinishReason>,
    /// Fields that have changed since the beginning.
    pub(super) extra: Option<&'a Extra>,
}

/// Fields that official clients expect in every response, with the values of one that says nothing about them.
fn defaults() -> Fields {
    [
        ("instructions", "null"),
        ("metadata", "{}"),
        ("parallel_tool_calls", "true"),
        ("temperature", "null"),
        ("tool_choice", "\"auto\""),
        ("tools", "[]"),
        ("top_p", "null"),
    ]
    .into_iter()
    .filter_map(|(name, text)| Some((name.to_owned(), outlast_types::RawJson::parse(text).ok()?)))
    .collect()
}

impl Response<'_> {
    /// Writes the fields of the response.
    pub(super) fn write(&self, object: &mut ObjectWriter<'_>) {
        let start = self.start;
        let model = start.and_then(|start| start.model.as_deref());
        let created = start.and_then(|start| start.created).unwrap_or(self.now);
        let ending = self.ending.as_ref();
        let (status, incomplete) = match ending {
            Some(ending) => ending::write(ending.reason, is_own(start)),
            None => ("in_progress", None),
        };
        object
            .field("id", id_of(start))
            .field("object", "response")
            .field("created_at", &created)
            .field("status", status)
            .field("error", &());
        match incomplete {
            Some(reason) => object.object("incomplete_details", |details| {
                details.field("reason", reason);
            }),
            None => {
                object.field("incomplete_details", &());
            }
        }
        object.field("model", model.unwrap_or(self.model));
        object.array("output", |array| {
            for item in ending.map_or(&[][..], |ending| ending.items) {
                array.object(|object| item.write(object, true));
            }
        });
        match ending.and_then(|ending| ending.usage) {
            Some((counts, raw)) => usage::write(object, counts, raw),
            None => {
                object.field("usage", &());
            }
        }
        self.write_rest(object);
    }

    fn write_rest(&self, object: &mut ObjectWriter<'_>) {
        let mut fields = defaults();
        let extras = [
            self.start.and_then(|start| start.extra.as_ref()),
            self.ending.as_ref().and_then(|ending| ending.extra),
        ];
        for extra in extras.into_iter().flatten() {
            if let Some(own) = extra.fields_for(&PROTOCOL) {
                fields.extend(own.clone());
            }
        }
        Spelling(Some(&fields)).write_rest(object, &[]);
    }
}

/// Tells whether a reply came in this protocol.
pub(super) fn is_own(start: Option<&ReplyStart>) -> bool {
    start.is_some_and(|start| start.protocol == PROTOCOL)
}

/// Returns the id of a reply.
pub(super) fn id_of(start: Option<&ReplyStart>) -> &str {
    start.and_then(|start| start.id.as_deref()).unwrap_or(NO_ID)
}
