//! How a reply introduces itself, and what changed at its end.

use outlast_types::{Extra, RawJson, ReplyStart, StreamEvent};
use serde_json::value::RawValue;

use super::super::PROTOCOL;
use super::super::marks::Fields;
use super::super::part_in::string;
use crate::Events;
use crate::json::Object;

/// Fields of a response that are told in other ways, or say the same again (`output_text` is an SDK's).
const TOLD_ELSEWHERE: [&str; 8] = [
    "created_at",
    "error",
    "incomplete_details",
    "object",
    "output",
    "output_text",
    "status",
    "usage",
];

/// The introduction.
#[derive(Debug, Default)]
pub(super) struct Introduction {
    is_over: bool,
    /// The fields it was made with, to find out which have changed at the end.
    fields: Fields,
}

impl Introduction {
    /// Tells whether it was handed out.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Returns a field of the response it was made of.
    pub(super) fn field(&self, name: &str) -> Option<&RawValue> {
        self.fields.get(name).map(RawJson::as_raw_value)
    }

    /// Introduces a reply that does not do so itself.
    pub(super) fn make(&mut self, out: &mut Events) {
        if !std::mem::replace(&mut self.is_over, true) {
            let start = Box::new(ReplyStart::new(PROTOCOL));
            out.push_back(StreamEvent::Start(start));
        }
    }

    /// Introduces the reply with the response in an event of its stream.
    pub(super) fn take(&mut self, response: &RawValue, out: &mut Events) {
        if self.is_over {
            return;
        }
        if let Ok(object) = Object::from_raw(response) {
            let start = start_of(object);
            self.fields = start
                .extra
                .as_ref()
                .map(|extra| extra.fields.clone())
                .unwrap_or_default();
            self.is_over = true;
            out.push_back(StreamEvent::Start(Box::new(start)));
        }
    }

    /// Introduces a reply that came whole.
    pub(super) fn take_whole(&mut self, response: Object<'_>, out: &mut Events) {
        self.is_over = true;
        out.push_back(StreamEvent::Start(Box::new(start_of(response))));
    }

    /// Returns the fields of the response at its end that are not as they were at its beginning.
    pub(super) fn changes(&self, mut response: Object<'_>) -> Option<Extra> {
        response.drop_all(&TOLD_ELSEWHERE);
        response.drop_all(&["id", "model"]);
        for (name, before) in &self.fields {
            if response
                .get(name)
                .is_some_and(|now| now.get() == before.get())
            {
                response.take_raw(name);
            }
        }
        response.into_extra(PROTOCOL)
    }
}

fn start_of(mut response: Object<'_>) -> ReplyStart {
    let mut start = ReplyStart::new(PROTOCOL);
    start.id = string(&mut response, "id").filter(|id| !id.is_empty());
    start.model = string(&mut response, "model").filter(|model| !model.is_empty());
    start.created = response
        .get("created_at")
        .and_then(|raw| seconds(raw.get()))
        .filter(|seconds| *seconds != 0);
    response.drop_all(&TOLD_ELSEWHERE);
    start.extra = response.into_extra(PROTOCOL);
    start
}

/// Reads seconds since 1970; some write them with a fraction.
fn seconds(text: &str) -> Option<i64> {
    let (whole, _) = text.split_once('.').unwrap_or((text, ""));
    whole.parse().ok()
}
