//! Writes the output of a streamed reply: items that are added, filled and done.
//!
//! Of messages and reasoning one at a time is open, calls may be written in turns. All of it is kept, for the end of the
//! stream tells it once more.

use bytes::BytesMut;
use outlast_types::{ContentPart, Extra, RawJson, Reasoning, ReplyStart, TextPart};

use super::frames_out::{Frames, Place};
use super::item_out::is_custom;
use super::marks::{Fields, ITEM, own_fields};
use super::output_item::{OutputContent, OutputItem, OutputPart};
use super::response_out::{id_of, is_own};
use super::{PROTOCOL, reasoning_item};

/// The most bytes of a reply's id that its items' ids repeat: OpenAI takes ids of up to 64 bytes back.
const MAX_BASE: usize = 32;

/// Writes items.
#[derive(Debug, Default)]
pub(super) struct OutputWriter {
    pub(super) frames: Frames,
    pub(super) items: Vec<OutputItem>,
    /// What the ids of items that have none are made of.
    base: String,
    /// Whether the reply comes in this protocol.
    is_own: bool,
    /// The part that is being written.
    pub(super) growing: Growing,
    /// Fields of the next part.
    pub(super) part_extra: Fields,
    /// Log probabilities of the text that comes next.
    logprobs: Option<RawJson>,
}

/// The kind of the part that is being written. It belongs to the last item, but for calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Growing {
    #[default]
    Nothing,
    Text,
    Refusal,
    Thought,
    /// The call at this place of the output.
    Call(usize),
}

impl OutputWriter {
    /// Begins the output of a reply that introduced itself so.
    pub(super) fn begin(&mut self, start: Option<&ReplyStart>) {
        let is_valid = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let id = id_of(start).chars();
        self.base = id.filter(is_valid).take(MAX_BASE).collect();
        self.is_own = is_own(start);
    }

    /// Makes an id for the next item.
    pub(super) fn id(&self, prefix: &str) -> String {
        format!("{prefix}{}_{}", self.base, self.items.len())
    }

    /// Adds an item and tells of it.
    pub(super) fn add(
        &mut self,
        prefix: &str,
        content: OutputContent,
        out: &mut BytesMut,
    ) -> usize {
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

    pub(super) fn end_item(&mut self, place: usize, out: &mut BytesMut) {
        if let Some(item) = self.items.get_mut(place).filter(|item| !item.is_done) {
            item.is_done = true;
            if let OutputContent::Call { call, .. } = &item.content {
                self.frames
                    .arguments_done(place, &item.id(), call, is_custom(call), out);
            }
            self.frames.item("done", place, item, out);
        }
    }

    pub(super) fn end_all(&mut self, out: &mut BytesMut) {
        self.end_said(out);
        for place in 0..self.items.len() {
            self.end_item(place, out);
        }
    }

    /// Ends the part that is being written. A message stays open for another one.
    pub(super) fn end_part(&mut self, out: &mut BytesMut) {
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

    pub(super) fn text(&mut self, text: &str, is_refusal: bool, out: &mut BytesMut) {
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
            let logprobs = self.logprobs.take();
            self.frames
                .text_delta(at, text, is_refusal, logprobs.as_ref(), out);
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
                annotated: 0,
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

    pub(super) fn thought(&mut self, text: &str, signature: Option<&str>, out: &mut BytesMut) {
        if self.growing != Growing::Thought {
            let mut part = Reasoning::new("", Some(PROTOCOL));
            part.extra = Extra::from_fields(PROTOCOL, std::mem::take(&mut self.part_extra));
            self.add(reasoning_item::OUR_ID, OutputContent::Thought(part), out);
            self.growing = Growing::Thought;
        }
        let signature = signature.filter(|_| self.is_own);
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

    pub(super) fn part(&mut self, part: &ContentPart, out: &mut BytesMut) {
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

    /// Takes a piece of fields: log probabilities of the next text, annotations of the one that is being written.
    pub(super) fn extra_piece(&mut self, extra: &Extra, out: &mut BytesMut) {
        let Some(fields) = extra.fields_for(&PROTOCOL) else {
            return;
        };
        if let Some(logprobs) = fields.get("logprobs") {
            self.logprobs = Some(logprobs.clone());
        }
        let annotations = fields
            .get("annotations")
            .and_then(|raw| raw.read::<Vec<RawJson>>().ok());
        for annotation in annotations.iter().flatten() {
            self.annotation(annotation, out);
        }
    }

    fn annotation(&mut self, annotation: &RawJson, out: &mut BytesMut) {
        let place = self.items.len().saturating_sub(1);
        let Some(item) = self
            .items
            .last_mut()
            .filter(|_| self.growing == Growing::Text)
        else {
            return;
        };
        let id = item.id();
        if let OutputContent::Message { parts, .. } = &mut item.content {
            let number = parts.len().saturating_sub(1);
            if let Some(part) = parts.last_mut() {
                let at = Place {
                    item: place,
                    part: number,
                    id: &id,
                };
                self.frames.annotation(at, part.annotated, annotation, out);
                part.annotated += 1;
            }
        }
    }

    /// Takes fields of the part that is being written, or of the next one.
    pub(super) fn extra(&mut self, extra: &Extra) {
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
