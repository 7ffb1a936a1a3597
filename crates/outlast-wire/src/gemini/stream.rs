//! A streamed reply's chunks.
//!
//! Each piece of text is a chunk; so is each tool call, once it is complete. The last chunk gives the reasons for ending
//! and the counts.

use bytes::{BufMut, BytesMut};
use outlast_types::{
    ChatRequest, ContentPart, Error, Extra, Finish, FinishReason, Opaque, Reasoning, ReplyStart,
    StreamEvent, TextPart, ToolCall, ToolCallDelta, Usage,
};

use super::response::{has_block, write_content, write_ending, write_introduction};
use super::{PROTOCOL, error, usage};
use crate::StreamEncoder;
use crate::json::{ObjectWriter, write_object};
use crate::sse::write_json_line;

/// The most bytes of tool calls that wait to be complete: 16 MiB.
const MAX_WAITING: usize = 16 * 1024 * 1024;

/// Writes the chunks of one streamed reply.
#[derive(Debug)]
pub struct GeminiEncoder {
    model: String,
    start: Option<ReplyStart>,
    /// Fields of the reply, which the first chunk has.
    first: Option<Extra>,
    choices: Vec<ChoiceOut>,
    usage: Option<(Usage, Option<Box<Opaque>>)>,
    /// How many bytes of tool calls wait.
    waiting: usize,
    is_over: bool,
}

/// What is not told yet of one answer.
#[derive(Debug)]
struct ChoiceOut {
    index: u32,
    /// The calls that may still grow, by the indices of their events.
    calls: Vec<(u32, ToolCall)>,
    /// Fields for the part that comes next.
    part_extra: Option<Extra>,
    message_extra: Option<Extra>,
    /// The fields that were told piece by piece.
    streamed: Vec<String>,
    finish: Option<Finish>,
}

impl GeminiEncoder {
    pub(super) fn new(request: &ChatRequest) -> Self {
        Self {
            model: request.model.clone(),
            start: None,
            first: None,
            choices: Vec::new(),
            usage: None,
            waiting: 0,
            is_over: false,
        }
    }

    /// Tells whether the reply comes in this protocol.
    fn own(&self) -> bool {
        let start = self.start.as_ref();
        start.is_some_and(|start| start.protocol == PROTOCOL)
    }

    fn choice(&mut self, index: u32) -> Option<&mut ChoiceOut> {
        let at = match self.choices.iter().position(|choice| choice.index == index) {
            Some(at) => at,
            None => {
                self.choices.push(ChoiceOut {
                    index,
                    calls: Vec::new(),
                    part_extra: None,
                    message_extra: None,
                    streamed: Vec::new(),
                    finish: None,
                });
                self.choices.len() - 1
            }
        };
        self.choices.get_mut(at)
    }

    /// Writes a chunk; `write` writes its fields before those that every chunk has.
    fn chunk(&mut self, out: &mut BytesMut, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        let first = self.first.take();
        frame(out, |out| {
            write_object(out, |object| {
                write(object);
                write_introduction(object, self.start.as_ref(), &self.model);
                object.extra(first.as_ref(), &PROTOCOL);
            });
        });
    }

    /// Writes a chunk with one part.
    fn part(&mut self, choice: u32, part: &ContentPart, out: &mut BytesMut) {
        let own = self.own();
        self.chunk(out, |object| {
            object.array("candidates", |array| {
                array.object(|object| {
                    write_content(object, [part], None, own);
                    object.field("index", &choice);
                });
            });
        });
    }

    /// Writes a piece of a part, with the fields that came for it.
    fn piece(&mut self, choice: u32, mut part: ContentPart, out: &mut BytesMut) {
        let extra = self
            .choice(choice)
            .and_then(|choice| choice.part_extra.take());
        if let Some(place) = part.extra_mut()
            && extra.is_some()
        {
            *place = extra;
        }
        self.part(choice, &part, out);
    }

    fn call(&mut self, delta: &ToolCallDelta, out: &mut BytesMut) {
        self.waiting = self.waiting.saturating_add(delta.arguments.len());
        if self.waiting > MAX_WAITING {
            let error = Error::new(outlast_types::ErrorKind::Internal)
                .with_message("a tool call of the reply is too long");
            return self.error(&error, out);
        }
        let Some(choice) = self.choice(delta.choice) else {
            return;
        };
        let known = choice
            .calls
            .iter_mut()
            .find(|(index, _)| *index == delta.index);
        if let Some((_, call)) = known {
            call.arguments.push_str(&delta.arguments);
            return;
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut call = ToolCall::new(text(&delta.id), text(&delta.name), delta.arguments.clone());
        call.extra = choice.part_extra.take();
        choice.calls.push((delta.index, call));
    }

    /// Writes the calls of an answer, which are complete.
    fn end_calls(&mut self, choice: u32, out: &mut BytesMut) {
        let calls = self
            .choice(choice)
            .map(|choice| std::mem::take(&mut choice.calls))
            .unwrap_or_default();
        for (_, call) in calls {
            self.waiting = self.waiting.saturating_sub(call.arguments.len());
            self.part(choice, &ContentPart::ToolCall(call), out);
        }
    }

    /// Takes fields of a part: of the call that grows, or of the part that comes next.
    fn extra(&mut self, choice: u32, extra: &Extra) {
        let Some(choice) = self.choice(choice).filter(|_| extra.origin == PROTOCOL) else {
            return;
        };
        let place = match choice.calls.last_mut() {
            Some((_, call)) => &mut call.extra,
            None => &mut choice.part_extra,
        };
        match place {
            Some(known) => known.fields.extend(extra.fields.clone()),
            None => *place = Some(extra.clone()),
        }
    }

    /// Writes a chunk with a piece of an answer's fields.
    fn extra_piece(&mut self, choice: u32, extra: &Extra, out: &mut BytesMut) {
        if let Some(known) = self.choice(choice) {
            known.streamed.extend(extra.fields.keys().cloned());
        }
        self.chunk(out, |object| {
            object.array("candidates", |array| {
                array.object(|object| {
                    object.field("index", &choice).fields(&extra.fields);
                });
            });
        });
    }

    fn write_endings(&mut self, out: &mut BytesMut) {
        let own = self.own();
        let mut choices = std::mem::take(&mut self.choices);
        choices.sort_by_key(|choice| choice.index);
        let is_blocked = choices.iter().all(|choice| {
            let reason = choice.finish.as_ref().map(|finish| &finish.reason);
            reason == Some(&FinishReason::ContentFilter)
        }) && has_block(self.first.as_ref());
        let counts = self.usage.take();
        self.chunk(out, |object| {
            if !is_blocked {
                object.array("candidates", |array| {
                    for choice in &choices {
                        array.object(|object| choice.write_ending(object, own));
                    }
                });
            }
            if let Some((counts, raw)) = &counts {
                usage::write(object, *counts, raw.as_deref());
            }
        });
    }
}

/// Appends an event whose data `write` writes.
fn frame(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    out.put_slice(b"data: ");
    write_json_line(out, write);
    out.put_slice(b"\r\n\r\n");
}

impl ChoiceOut {
    fn write_ending(&self, object: &mut ObjectWriter<'_>, own: bool) {
        let finish = self.finish.as_ref();
        let extra = finish.and_then(|finish| finish.extra.as_deref());
        let reason = finish.map_or(&FinishReason::Stop, |finish| &finish.reason);
        object.object("content", |content| {
            content
                .field("role", "model")
                .extra(self.message_extra.as_ref(), &PROTOCOL);
        });
        write_ending(object, Some(reason), extra, own);
        object.field("index", &self.index);
    }
}

impl StreamEncoder for GeminiEncoder {
    fn event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        if self.is_over {
            return;
        }
        match event {
            StreamEvent::Start(start) => {
                self.first.clone_from(&start.extra);
                self.start = Some((**start).clone());
            }
            StreamEvent::Text(delta) | StreamEvent::Refusal(delta) => {
                let part = ContentPart::Text(TextPart::new(&*delta.text));
                self.piece(delta.choice, part, out);
            }
            StreamEvent::Reasoning(delta) => {
                let origin = self.start.as_ref().map(|start| start.protocol.clone());
                let mut part = Reasoning::new(&*delta.text, origin);
                part.signature.clone_from(&delta.signature);
                self.piece(delta.choice, ContentPart::Reasoning(part), out);
            }
            StreamEvent::ToolCall(delta) => self.call(delta, out),
            StreamEvent::Part { choice, part } => {
                self.end_calls(*choice, out);
                self.part(*choice, part, out);
            }
            StreamEvent::PartExtra { choice, extra } => self.extra(*choice, extra),
            StreamEvent::ExtraDelta { choice, extra } if extra.origin == PROTOCOL => {
                self.extra_piece(*choice, extra, out);
            }
            StreamEvent::PartEnd { choice } => {
                self.end_calls(*choice, out);
                if let Some(choice) = self.choice(*choice) {
                    choice.part_extra = None;
                }
            }
            StreamEvent::Finish(finish) => {
                self.end_calls(finish.choice, out);
                if let Some(choice) = self.choice(finish.choice) {
                    let mut finish = finish.clone();
                    if let Some(extra) = &mut finish.extra {
                        let told = &choice.streamed;
                        extra.fields.retain(|name, _| !told.contains(name));
                    }
                    choice.finish = Some(finish);
                }
            }
            StreamEvent::Usage { usage, raw } => self.usage = Some((*usage, raw.clone())),
            StreamEvent::Extra { choice, extra } => {
                if let Some(choice) = self.choice(*choice) {
                    choice.message_extra = Some((**extra).clone());
                }
            }
            StreamEvent::Opaque(event) if event.origin == PROTOCOL => {
                frame(out, |out| out.put_slice(event.raw.get().as_bytes()));
            }
            // There is no form for a sign of life.
            _ => {}
        }
    }

    fn error(&mut self, error: &Error, out: &mut BytesMut) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        frame(out, |out| error::write_body(error, out));
    }

    fn end(&mut self, out: &mut BytesMut) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let indices: Vec<u32> = self.choices.iter().map(|choice| choice.index).collect();
        for index in indices {
            self.end_calls(index, out);
        }
        self.write_endings(out);
    }
}
