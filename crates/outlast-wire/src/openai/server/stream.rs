//! Writes streamed replies, chunk by chunk.
//!
//! Everything that every chunk repeats is written once, when the reply begins, and copied after.

use std::collections::BTreeMap;

use bytes::{BufMut, BytesMut};
use outlast_types::{
    ChatRequest, ContentPart, Delta, Error, Extra, Finish, Opaque, RawJson, ReplyStart,
    StreamEvent, ToolCall, ToolCallDelta, Usage,
};
use serde::Deserialize;

use super::super::{PROTOCOL, encode, finish, shape, usage};
use super::error;
use super::response::{NO_ID, call_id};
use super::told::ChoiceOut;
use crate::StreamEncoder;
use crate::json::{ObjectWriter, write_object};
use crate::sse::{join_lines, write_json_line};

/// Fields of the reply that every chunk repeats; all others come with the first chunk alone.
const REPEATED: [&str; 2] = ["service_tier", "system_fingerprint"];

const OBJECT: &str = "chat.completion.chunk";

/// Writes the chunks of one streamed reply.
#[derive(Debug)]
pub struct ChatEncoder {
    model: String,
    /// The reply's id, if its provider gave it one.
    reply_id: Option<String>,
    now: i64,
    /// Whether the caller asked for the counts.
    include_usage: bool,
    /// Whether the caller knows tools by their former name, functions.
    functions: bool,
    /// What every chunk begins with; empty until the reply has begun.
    head: BytesMut,
    /// Further fields of the first chunk.
    first: Option<Extra>,
    choices: Vec<ChoiceOut>,
    usage: Option<(Usage, Option<Box<Opaque>>)>,
}

impl ChatEncoder {
    pub(super) fn new(request: &ChatRequest, now: i64) -> Self {
        #[derive(Default, Deserialize)]
        struct Options {
            include_usage: Option<bool>,
        }
        let fields = request
            .extra
            .as_ref()
            .and_then(|extra| extra.fields_for(&PROTOCOL));
        let options: Options = fields
            .and_then(|fields| fields.get("stream_options")?.read().ok())
            .unwrap_or_default();
        Self {
            model: request.model.clone(),
            reply_id: None,
            now,
            include_usage: options.include_usage == Some(true),
            functions: fields.is_some_and(|fields| fields.contains_key("functions")),
            head: BytesMut::new(),
            first: None,
            choices: Vec::new(),
            usage: None,
        }
    }

    fn begin(&mut self, start: Option<&ReplyStart>) {
        if !self.head.is_empty() {
            return;
        }
        self.reply_id = start.and_then(|start| start.id.clone());
        let id = self.reply_id.as_deref().unwrap_or(NO_ID);
        let model = start.and_then(|start| start.model.as_deref());
        let created = start.and_then(|start| start.created).unwrap_or(self.now);
        let mut fields = start
            .and_then(|start| start.extra.clone())
            .filter(|extra| extra.origin == PROTOCOL);

        self.head.put_slice(b"data: ");
        write_object(&mut self.head, |object| {
            object
                .field("id", id)
                .field("object", OBJECT)
                .field("created", &created)
                .field("model", model.unwrap_or(&self.model));
            for name in REPEATED {
                let value = fields.as_mut().and_then(|extra| extra.fields.remove(name));
                object.optional(name, value.as_ref());
            }
        });
        join_lines(&mut self.head, 0);
        // The chunk's own fields go on where the object ended.
        self.head.truncate(self.head.len() - 1);
        self.first = fields.filter(|extra| !extra.fields.is_empty());
    }

    /// Writes a chunk; `write` writes the fields after those that every chunk has.
    fn chunk(&mut self, out: &mut BytesMut, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.begin(None);
        out.put_slice(&self.head);
        let own = out.len();
        let first = self.first.take();
        write_object(out, |object| {
            write(object);
            object.extra(first.as_ref(), &PROTOCOL);
        });
        // The brace that opened them: the object is already open.
        if let Some(brace) = out.get_mut(own) {
            *brace = b',';
        }
        join_lines(out, own);
        out.put_slice(b"\n\n");
    }

    /// Writes a chunk with a delta for one choice. The first one of each choice says who speaks.
    fn delta(
        &mut self,
        choice: u32,
        out: &mut BytesMut,
        write: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        self.introduce(choice, out);
        let told = self.told(choice);
        let waiting = told.map(ChoiceOut::take_waiting).unwrap_or_default();
        self.chunk(out, |object| {
            write_choice(
                object,
                choice,
                |delta| {
                    write(delta);
                    waiting.write_in_delta(delta);
                },
                |object| {
                    waiting.write_in_choice(object);
                    object.field("finish_reason", &());
                },
            );
        });
    }

    fn introduce(&mut self, choice: u32, out: &mut BytesMut) {
        if self.choices.iter().any(|told| told.index == choice) {
            return;
        }
        self.choices.push(ChoiceOut::new(choice));
        self.delta(choice, out, |delta| {
            delta.field("role", "assistant").field("content", "");
        });
    }

    fn text(&mut self, choice: u32, field: &str, text: &str, out: &mut BytesMut) {
        if !text.is_empty() {
            self.delta(choice, out, |delta| {
                delta.field(field, text);
            });
        }
    }

    fn told(&mut self, choice: u32) -> Option<&mut ChoiceOut> {
        self.choices.iter_mut().find(|told| told.index == choice)
    }

    fn number_of_call(&mut self, choice: u32, index: Option<u32>) -> (u32, bool) {
        self.told(choice)
            .map_or((0, true), |told| told.number_of_call(index))
    }

    fn call_piece(&mut self, piece: &ToolCallDelta, out: &mut BytesMut) {
        self.introduce(piece.choice, out);
        let (number, is_new) = self.number_of_call(piece.choice, Some(piece.index));
        if is_new {
            let mut call = ToolCall::new(
                piece.id.clone().unwrap_or_default(),
                piece.name.clone().unwrap_or_default(),
                piece.arguments.clone(),
            );
            call.extra = self
                .told(piece.choice)
                .and_then(|told| told.call_extra.take());
            return self.new_call(piece.choice, number, &call, out);
        }
        if self.functions {
            return self.delta(piece.choice, out, |delta| {
                delta.object("function_call", |call| {
                    call.field("arguments", &piece.arguments);
                });
            });
        }
        self.delta(piece.choice, out, |delta| {
            delta.array("tool_calls", |array| {
                array.object(|call| {
                    call.field("index", &number);
                    call.object("function", |function| {
                        function.field("arguments", &piece.arguments);
                    });
                });
            });
        });
    }

    fn new_call(&mut self, choice: u32, number: u32, call: &ToolCall, out: &mut BytesMut) {
        if self.functions {
            return self.delta(choice, out, |delta| {
                delta.object("function_call", |object| {
                    object
                        .field("name", &call.name)
                        .field("arguments", &call.arguments);
                });
            });
        }
        let id = call_id(call, self.reply_id.as_deref(), number).into_owned();
        self.delta(choice, out, |delta| {
            delta.array("tool_calls", |array| {
                array.object(|object| {
                    object.field("index", &number);
                    encode::write_call(call, &id, object);
                });
            });
        });
    }

    fn part(&mut self, choice: u32, part: &ContentPart, out: &mut BytesMut) {
        match part {
            ContentPart::Text(part) => self.text(choice, "content", &part.text, out),
            ContentPart::Refusal(text) => self.text(choice, "refusal", text, out),
            ContentPart::Reasoning(part) => {
                self.text(choice, shape::REASONING_CONTENT, &part.text, out);
            }
            ContentPart::ToolCall(call) => {
                self.introduce(choice, out);
                let (number, _) = self.number_of_call(choice, None);
                self.new_call(choice, number, call, out);
            }
            // Other parts have no form that this protocol's clients know.
            _ => {}
        }
    }

    fn part_extra(&mut self, choice: u32, extra: &Extra, out: &mut BytesMut) {
        self.introduce(choice, out);
        if let Some(told) = self.told(choice).filter(|_| extra.origin == PROTOCOL) {
            told.call_extra = Some(extra.clone());
        }
    }

    fn extra_piece(&mut self, choice: u32, extra: &Extra, out: &mut BytesMut) {
        self.introduce(choice, out);
        let fields = self.told(choice).map(|told| told.take_piece(extra));
        self.fields(choice, &fields.unwrap_or_default(), out);
    }

    fn extra(&mut self, choice: u32, extra: &Extra, out: &mut BytesMut) {
        self.introduce(choice, out);
        let news = self.told(choice).map(|told| told.news(Some(extra)));
        self.fields(choice, &news.unwrap_or_default(), out);
    }

    fn fields(&mut self, choice: u32, fields: &BTreeMap<String, RawJson>, out: &mut BytesMut) {
        if !fields.is_empty() {
            self.delta(choice, out, |delta| {
                delta.fields(fields);
            });
        }
    }

    fn finish(&mut self, end: &Finish, out: &mut BytesMut) {
        self.introduce(end.choice, out);
        let reason = match finish::write(&end.reason) {
            "tool_calls" if self.functions => "function_call",
            reason => reason,
        };
        let told = self.told(end.choice);
        let (waiting, news) = told
            .map(|told| (told.take_waiting(), told.news(end.extra.as_deref())))
            .unwrap_or_default();
        self.chunk(out, |object| {
            write_choice(
                object,
                end.choice,
                |delta| waiting.write_in_delta(delta),
                |object| {
                    waiting.write_in_choice(object);
                    object.field("finish_reason", reason).fields(&news);
                },
            );
        });
    }
}

impl StreamEncoder for ChatEncoder {
    fn event(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        match event {
            StreamEvent::Start(start) => {
                self.begin(Some(start));
                self.introduce(0, out);
            }
            StreamEvent::Text(Delta { choice, text }) => self.text(*choice, "content", text, out),
            StreamEvent::Reasoning(delta) => {
                self.text(delta.choice, shape::REASONING_CONTENT, &delta.text, out);
            }
            StreamEvent::Refusal(Delta { choice, text }) => {
                self.text(*choice, "refusal", text, out);
            }
            StreamEvent::ToolCall(piece) => self.call_piece(piece, out),
            StreamEvent::Part { choice, part } => self.part(*choice, part, out),
            StreamEvent::PartExtra { choice, extra } => self.part_extra(*choice, extra, out),
            StreamEvent::Finish(end) => self.finish(end, out),
            StreamEvent::Usage { usage, raw } => self.usage = Some((*usage, raw.clone())),
            StreamEvent::Extra { choice, extra } if extra.origin == PROTOCOL => {
                self.extra(*choice, extra, out);
            }
            StreamEvent::ExtraDelta { choice, extra } if extra.origin == PROTOCOL => {
                self.extra_piece(*choice, extra, out);
            }
            StreamEvent::Opaque(opaque) if opaque.origin == PROTOCOL => {
                write_data(&opaque.raw, out);
            }
            StreamEvent::Ping => out.put_slice(b": ping\n\n"),
            _ => {}
        }
    }

    fn error(&mut self, error: &Error, out: &mut BytesMut) {
        out.put_slice(b"data: ");
        write_json_line(out, |out| {
            write_object(out, |object| error::write(object, error));
        });
        out.put_slice(b"\n\n");
    }

    fn end(&mut self, out: &mut BytesMut) {
        if let Some((usage, raw)) = self.usage.take().filter(|_| self.include_usage) {
            self.chunk(out, |object| {
                object.array("choices", |_| {});
                usage::write(object, usage, raw.as_deref());
            });
        }
        out.put_slice(b"data: [DONE]\n\n");
    }
}

fn write_choice(
    object: &mut ObjectWriter<'_>,
    choice: u32,
    delta: impl FnOnce(&mut ObjectWriter<'_>),
    rest: impl FnOnce(&mut ObjectWriter<'_>),
) {
    object.array("choices", |array| {
        array.object(|object| {
            object.field("index", &choice);
            object.object("delta", delta);
            rest(object);
        });
    });
}

/// Writes a frame whose data is `value`.
fn write_data(value: &RawJson, out: &mut BytesMut) {
    out.put_slice(b"data: ");
    write_json_line(out, |out| out.put_slice(value.get().as_bytes()));
    out.put_slice(b"\n\n");
}
