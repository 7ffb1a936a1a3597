//! Writes streamed replies, event by event, as the official clients put them together again.
//!
//! An item is added, filled and done; of messages and reasoning one at a time is open, calls may be written in turns. At the
//! end the whole response is told once more, so all of it is kept until then.

use bytes::{BufMut, BytesMut};
use outlast_types::{
    ContentPart, Error, Extra, Finish, Opaque, RawJson, Reasoning, ReplyStart, StreamEvent,
    TextPart, ToolCall, ToolCallDelta, Usage,
};

use super::frames_out::{Frames, Place};
use super::item_out::is_custom;
use super::marks::{Fields, ITEM, own_fields};
use super::output_item::{OutputContent, OutputItem, OutputPart};
use super::response_out::{Ending, Response, id_of};
use super::{PROTOCOL, reasoning_item};
use crate::json::ObjectWriter;
use crate::openai::error_fields;
use crate::{StreamEncoder, responses::part_in::is_content};

/// The most bytes of a reply's id that its items' ids repeat: OpenAI takes ids of up to 64 bytes back.
const MAX_BASE: usize = 32;

/// Writes the events of one streamed reply.
#[derive(Debug)]
pub struct ResponsesEncoder {
    model: String,
    now: i64,
    frames: Frames,
    start: Option<ReplyStart>,
    is_started: bool,
    is_over: bool,
    items: Vec<OutputItem>,
    /// The part that is being written.
    growing: Growing,
    /// Fields of the next part.
    part_extra: Fields,
    usage: Option<(Usage, Option<Box<Opaque>>)>,
    finish: Option<Finish>,
}

/// The kind of the part that is being written. It belongs to the last item, but for calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Growing {
    #[default]
    Nothing,
    Text,
    Refusal,
    Thought,
    /// The call at this place of the output.
    Call(usize),
}

impl ResponsesEncoder {
    pub(super) fn new(model: &str, now: i64) -> Self {
        Self {
            model: model.to_owned(),
            now,
            frames: Frames::default(),
            start: None,
            is_started: false,
            is_over: false,
            items: Vec::new(),
            growing: Growing::Nothing,
            part_extra: Fields::new(),
            usage: None,
            finish: None,
        }
    }

    /// Writes the fields of the response as it is at the end.
    pub(super) fn write_response(&self, object: &mut ObjectWriter<'_>) {
        let finish = self.finish.as_ref();
        self.response(Some(Ending {
            items: &self.items,
            usage: self
                .usage
                .as_ref()
                .map(|(usage, raw)| (*usage, raw.as_deref())),
            reason: finish.map(|finish| &finish.reason),
            extra: finish.and_then(|finish| finish.extra.as_deref()),
        }))
        .write(object);
    }

    fn response<'a>(&'a self, ending: Option<Ending<'a>>) -> Response<'a> {
        Response {
            start: self.start.as_ref(),
            model: &self.model,
            now: self.now,
            ending,
        }
    }

    fn begin(&mut self, out: &mut BytesMut) {
        if std::mem::replace(&mut self.is_started, true) {
            return;
        }
        let mut frames = std::mem::take(&mut self.frames);
        for name in ["response.created", "response.in_progress"] {
            frames.event(name, out, |object| {
                object.object("response", |object| self.response(None).write(object));
            });
        }
        self.frames = frames;
    }

    fn is_own(&self) -> bool {
        self.start
            .as_ref()
            .is_some_and(|start| start.protocol == PROTOCOL)
    }

    /// Makes an id for the next item.
    fn id(&self, prefix: &str) -> String {
        let base = id_of(self.start.as_ref());
        let is_valid = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let base: String = base.chars().filter(is_valid).take(MAX_BASE).collect();
        format!("{prefix}{base}_{}", self.items.len())
    }

    /// Adds an item and tells of it.
    fn add(&mut self, prefix: &str, content: OutputContent, out: &mut BytesMut) -> usize {
        self.end_said(out);
        let item = OutputItem {
            id: self.id(prefix),
            content,
            is_done: false,
        };
        let place = self.items.len();
        self.frames.item("added", place, &item, out);
        self.items.push(item);
        place
    }

    /// Ends the last item if it is a message or reasoning: another begins.
    fn end_said(&mut self, out: &mut BytesMut) {
        self.end_part(out);
        let place = self.items.len().saturating_sub(1);
        let is_said = |item: &OutputItem| {
            matches!(
                item.content,
                OutputContent::Message { .. } | OutputContent::Thought(_)
            )
        };
        if self.items.last().is_some_and(is_said) {
            self.end_item(place, out);
        }
    }

    fn end_item(&mut self, place: usize, out: &mut BytesMut) {
        if let Some(item) = self.items.get_mut(place).filter(|item| !item.is_done) {
            item.is_done = true;
            if let OutputContent::Call { call, .. } = &item.content {
                self.frames
                    .arguments_done(place, &item.id(), call, is_custom(call), out);
            }
            self.frames.item("done", place, item, out);
        }
    }

    fn end_all(&mut self, out: &mut BytesMut) {
        self.end_said(out);
        for place in 0..self.items.len() {
            self.end_item(place, out);
        }
    }

    /// Ends the part that is being written. A message stays open for another one.
    fn end_part(&mut self, out: &mut BytesMut) {
        let growing = std::mem::take(&mut self.growing);
        let place = self.items.len().saturating_sub(1);
        let Some(item) = self.items.last() else {
            return;
        };
        match (growing, &item.content) {
            (Growing::Text | Growing::Refusal, OutputContent::Message { parts, .. }) => {
                if let Some(part) = parts.last() {
                    let at = Place {
                        item: place,
                        part: parts.len() - 1,
                        id: &item.id(),
                    };
                    self.frames.part_done(at, part, out);
                }
            }
            (Growing::Thought, OutputContent::Thought(part)) => {
                self.frames.summary_done(place, &item.id(), &part.text, out);
                self.end_item(place, out);
            }
            (Growing::Call(place), _) => self.end_item(place, out),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, is_refusal: bool, out: &mut BytesMut) {
        let kind = if is_refusal {
            Growing::Refusal
        } else {
            Growing::Text
        };
        if self.growing != kind {
            if text.is_empty() {
                return;
            }
            self.begin_part(is_refusal, out);
            self.growing = kind;
        }
        let place = self.items.len().saturating_sub(1);
        let Some(item) = self.items.last_mut() else {
            return;
        };
        let id = item.id();
        if let OutputContent::Message { parts, .. } = &mut item.content {
            let at = Place {
                item: place,
                part: parts.len().saturating_sub(1),
                id: &id,
            };
            if let Some(part) = parts.last_mut() {
                part.text.push_str(text);
            }
            self.frames.text_delta(at, text, is_refusal, out);
        }
    }

    /// Begins a part of a message: of a new one if its fields say so, or if none is open.
    fn begin_part(&mut self, is_refusal: bool, out: &mut BytesMut) {
        self.end_part(out);
        let mut fields = std::mem::take(&mut self.part_extra);
        let item_fields: Option<Fields> = fields.remove(ITEM).and_then(|raw| raw.read().ok());
        let is_open = self.items.last().is_some_and(|item| {
            !item.is_done && matches!(item.content, OutputContent::Message { .. })
        });
        if item_fields.is_some() || !is_open {
            let content = OutputContent::Message {
                fields: item_fields.unwrap_or_default(),
                parts: Vec::new(),
            };
            self.add("msg_outlast_", content, out);
        }
        let place = self.items.len().saturating_sub(1);
        let Some(item) = self.items.last_mut() else {
            return;
        };
        let id = item.id();
        if let OutputContent::Message { parts, .. } = &mut item.content {
            let part = OutputPart {
                text: String::new(),
                is_refusal,
                fields,
            };
            let at = Place {
                item: place,
                part: parts.len(),
                id: &id,
            };
            self.frames.part_added(at, &part, out);
            parts.push(part);
        }
    }

    fn thought(&mut self, text: &str, signature: Option<&str>, out: &mut BytesMut) {
        if self.growing != Growing::Thought {
            let mut part = Reasoning::new("", Some(PROTOCOL));
            part.extra = Extra::from_fields(PROTOCOL, std::mem::take(&mut self.part_extra));
            self.add(reasoning_item::OUR_ID, OutputContent::Thought(part), out);
            self.growing = Growing::Thought;
        }
        let signature = signature.filter(|_| self.is_own());
        let place = self.items.len().saturating_sub(1);
        let Some(item) = self.items.last_mut() else {
            return;
        };
        let id = item.id();
        if let OutputContent::Thought(part) = &mut item.content {
            if !text.is_empty() {
                let is_first = part.text.is_empty();
                part.text.push_str(text);
                self.frames.summary_delta(place, &id, text, is_first, out);
            }
            if let Some(signature) = signature {
                part.signature.get_or_insert_default().push_str(signature);
            }
        }
    }

    fn call(&mut self, delta: &ToolCallDelta, out: &mut BytesMut) {
        let known = self.items.iter().position(|item| {
            matches!(item.content, OutputContent::Call { index, .. } if index == Some(delta.index))
        });
        let place = match known {
            Some(place) => place,
            None => {
                let mut call = ToolCall::new(
                    delta.id.clone().unwrap_or_default(),
                    delta.name.clone().unwrap_or_default(),
                    "",
                );
                call.extra = Extra::from_fields(PROTOCOL, std::mem::take(&mut self.part_extra));
                self.begin_call(Some(delta.index), call, out)
            }
        };
        self.arguments(place, &delta.arguments, out);
    }

    fn begin_call(&mut self, index: Option<u32>, mut call: ToolCall, out: &mut BytesMut) -> usize {
        // A call that could go on is not ended by the next one.
        if matches!(self.growing, Growing::Call(_)) {
            self.growing = Growing::Nothing;
        }
        if call.id.is_empty() {
            call.id = self.id("call_");
        }
        let place = self.add("fc_outlast_", OutputContent::Call { index, call }, out);
        self.growing = Growing::Call(place);
        place
    }

    fn arguments(&mut self, place: usize, text: &str, out: &mut BytesMut) {
        let Some(item) = self.items.get_mut(place).filter(|item| !item.is_done) else {
            return;
        };
        let id = item.id();
        if let OutputContent::Call { call, .. } = &mut item.content
            && !text.is_empty()
        {
            call.arguments.push_str(text);
            self.frames
                .arguments_delta(place, &id, text, is_custom(call), out);
        }
    }

    fn part(&mut self, part: &ContentPart, out: &mut BytesMut) {
        self.end_part(out);
        match part {
            ContentPart::Text(part) => self.whole_text(part, out),
            ContentPart::Refusal(text) => self.text(text, true, out),
            ContentPart::Reasoning(part) => self.whole_thought(part, out),
            ContentPart::ToolCall(call) => {
                let mut begun = call.clone();
                let arguments = std::mem::take(&mut begun.arguments);
                let place = self.begin_call(None, begun, out);
                self.arguments(place, &arguments, out);
            }
            ContentPart::Opaque(opaque) if opaque.origin == PROTOCOL => self.raw_item(opaque, out),
            // Other parts have no form that this protocol's clients know.
            _ => {}
        }
        self.part_extra.clear();
        self.end_part(out);
    }

    fn whole_text(&mut self, part: &TextPart, out: &mut BytesMut) {
        self.part_extra = own_of(part.extra.as_ref());
        self.begin_part(false, out);
        self.growing = Growing::Text;
        if !part.text.is_empty() {
            self.text(&part.text, false, out);
        }
    }

    fn whole_thought(&mut self, part: &Reasoning, out: &mut BytesMut) {
        self.part_extra = own_of(part.extra.as_ref());
        let is_own = part.origin.as_ref() == Some(&PROTOCOL);
        let signature = part.signature.as_deref().filter(|_| is_own);
        if !part.text.is_empty() || is_own {
            self.thought(&part.text, signature, out);
        }
    }

    fn raw_item(&mut self, opaque: &Opaque, out: &mut BytesMut) {
        let fields: Fields = opaque.raw.read().unwrap_or_default();
        let string = |name| -> String {
            let raw: Option<&RawJson> = fields.get(name);
            raw.and_then(|raw| raw.read().ok()).unwrap_or_default()
        };
        let (kind, id) = (string("type"), string("id"));
        if kind.is_empty() || is_content(&kind) {
            return;
        }
        let content = OutputContent::Raw(opaque.raw.clone());
        let is_begun = |item: &OutputItem| match &item.content {
            OutputContent::Raw(_) => !item.is_done && item.id() == id,
            _ => false,
        };
        let place = match self.items.iter().position(is_begun) {
            Some(place) => {
                if let Some(item) = self.items.get_mut(place) {
                    item.content = content;
                }
                place
            }
            None => self.add("item_outlast_", content, out),
        };
        self.end_item(place, out);
    }

    /// Passes on an event that only this protocol understands. One that adds an item adds it here, too.
    fn raw_event(&mut self, opaque: &Opaque, out: &mut BytesMut) {
        let Ok(fields) = opaque.raw.read::<Fields>() else {
            return;
        };
        let kind = fields.get("type").map(|kind| kind.get());
        if kind == Some("\"response.output_item.added\"") {
            if let Some(item) = fields.get("item") {
                self.add("item_outlast_", OutputContent::Raw(item.clone()), out);
            }
            return;
        }
        let place = self.items.len().saturating_sub(1);
        self.frames.raw(&fields, place, out);
    }

    /// Takes fields of the part that is being written, or of the next one.
    fn extra(&mut self, extra: &Extra) {
        let Some(fields) = extra.fields_for(&PROTOCOL) else {
            return;
        };
        let place = match self.growing {
            Growing::Nothing => {
                self.part_extra.extend(fields.clone());
                return;
            }
            Growing::Call(place) => place,
            _ => self.items.len().saturating_sub(1),
        };
        let Some(item) = self.items.get_mut(place) else {
            return;
        };
        match &mut item.content {
            OutputContent::Message {
                fields: own, parts, ..
            } => {
                let mut fields = fields.clone();
                if let Some(Ok(item)) = fields.remove(ITEM).map(|raw| raw.read::<Fields>()) {
                    own.extend(item);
                }
                if let Some(part) = parts.last_mut() {
                    part.fields.extend(fields);
                }
            }
            OutputContent::Thought(part) => add_fields(&mut part.extra, fields),
            OutputContent::Call { call, .. } => add_fields(&mut call.extra, fields),
            OutputContent::Raw(_) => {}
        }
    }
}

fn own_of(extra: Option<&Extra>) -> Fields {
    own_fields(extra).0.cloned().unwrap_or_default()
}

fn add_fields(extra: &mut Option<Extra>, fields: &Fields) {
    extra
        .get_or_insert_with(|| Extra {
            origin: PROTOCOL,
            fields: Fields::new(),
        })
        .fields
        .extend(fields.clone());
}

impl StreamEncoder for ResponsesEncoder {
    fn event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        if self.is_over {
            return;
        }
        match event {
            StreamEvent::Start(start) => {
                if !self.is_started && self.start.is_none() {
                    self.start = Some((**start).clone());
                }
                return self.begin(out);
            }
            StreamEvent::Usage { usage, raw } => {
                self.usage = Some((*usage, raw.clone()));
                return;
            }
            StreamEvent::Ping => return out.put_slice(b": ping\n\n"),
            _ => self.begin(out),
        }
        match event {
            StreamEvent::Text(delta) if delta.choice == 0 => self.text(&delta.text, false, out),
            StreamEvent::Refusal(delta) if delta.choice == 0 => self.text(&delta.text, true, out),
            StreamEvent::Reasoning(delta) if delta.choice == 0 => {
                self.thought(&delta.text, delta.signature.as_deref(), out);
            }
            StreamEvent::ToolCall(delta) if delta.choice == 0 => self.call(delta, out),
            StreamEvent::Part { choice: 0, part } => self.part(part, out),
            StreamEvent::PartExtra { choice: 0, extra } => self.extra(extra),
            StreamEvent::PartEnd { choice: 0 } => {
                self.part_extra.clear();
                self.end_part(out);
            }
            StreamEvent::Finish(finish) if finish.choice == 0 => {
                self.end_all(out);
                self.finish = Some(finish.clone());
            }
            StreamEvent::Opaque(opaque) if opaque.origin == PROTOCOL => self.raw_event(opaque, out),
            _ => {}
        }
    }

    fn error(&mut self, error: &Error, out: &mut BytesMut) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let mut frames = std::mem::take(&mut self.frames);
        frames.event("error", out, |object| error_fields(object, error));
        self.frames = frames;
    }

    fn end(&mut self, out: &mut BytesMut) {
        if self.is_over {
            return;
        }
        self.begin(out);
        self.end_all(out);
        self.is_over = true;
        let reason = self.finish.as_ref().map(|finish| &finish.reason);
        let name = match super::ending::write(reason).0 {
            "incomplete" => "response.incomplete",
            _ => "response.completed",
        };
        let mut frames = std::mem::take(&mut self.frames);
        frames.event(name, out, |object| {
            object.object("response", |object| self.write_response(object));
        });
        self.frames = frames;
    }
}
