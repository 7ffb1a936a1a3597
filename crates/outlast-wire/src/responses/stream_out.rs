//! Writes streamed replies, event by event, as the official clients put them together again.

use bytes::{BufMut, BytesMut};
use outlast_types::{Error, Finish, Opaque, ReplyStart, StreamEvent, Usage};

use super::output_writer::OutputWriter;
use super::response_out::{Ending, Response, is_own};
use super::{PROTOCOL, ending};
use crate::StreamEncoder;
use crate::json::ObjectWriter;
use crate::openai::error_fields;

/// Writes the events of one streamed reply.
#[derive(Debug)]
pub struct ResponsesEncoder {
    model: String,
    now: i64,
    start: Option<ReplyStart>,
    is_started: bool,
    is_over: bool,
    output: OutputWriter,
    usage: Option<(Usage, Option<Box<Opaque>>)>,
    finish: Option<Finish>,
}

impl ResponsesEncoder {
    pub(super) fn new(model: &str, now: i64) -> Self {
        Self {
            model: model.to_owned(),
            now,
            start: None,
            is_started: false,
            is_over: false,
            output: OutputWriter::default(),
            usage: None,
            finish: None,
        }
    }

    /// Writes the fields of the response as it is at the end.
    pub(super) fn write_response(&self, object: &mut ObjectWriter<'_>) {
        let finish = self.finish.as_ref();
        self.response(Some(Ending {
            items: &self.output.items,
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
        self.output.begin(self.start.as_ref());
        let mut frames = std::mem::take(&mut self.output.frames);
        for name in ["response.created", "response.in_progress"] {
            frames.event(name, out, |object| {
                object.object("response", |object| self.response(None).write(object));
            });
        }
        self.output.frames = frames;
    }
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
            StreamEvent::Text(delta) if delta.choice == 0 => {
                self.output.text(&delta.text, false, out)
            }
            StreamEvent::Refusal(delta) if delta.choice == 0 => {
                self.output.text(&delta.text, true, out)
            }
            StreamEvent::Reasoning(delta) if delta.choice == 0 => {
                self.output
                    .thought(&delta.text, delta.signature.as_deref(), out);
            }
            StreamEvent::ToolCall(delta) if delta.choice == 0 => self.output.call(delta, out),
            StreamEvent::Part { choice: 0, part } => self.output.part(part, out),
            StreamEvent::PartExtra { choice: 0, extra } => self.output.extra(extra),
            StreamEvent::ExtraDelta { choice: 0, extra } => self.output.extra_piece(extra, out),
            StreamEvent::PartEnd { choice: 0 } => {
                self.output.part_extra.clear();
                self.output.end_part(out);
            }
            StreamEvent::Finish(finish) if finish.choice == 0 => {
                self.output.end_all(out);
                self.finish = Some(finish.clone());
            }
            StreamEvent::Opaque(opaque) if opaque.origin == PROTOCOL => {
                self.output.raw_event(opaque, out)
            }
            _ => {}
        }
    }

    fn error(&mut self, error: &Error, out: &mut BytesMut) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let mut frames = std::mem::take(&mut self.output.frames);
        frames.event("error", out, |object| error_fields(object, error));
        self.output.frames = frames;
    }

    fn end(&mut self, out: &mut BytesMut) {
        if self.is_over {
            return;
        }
        self.begin(out);
        self.output.end_all(out);
        self.is_over = true;
        let reason = self.finish.as_ref().map(|finish| &finish.reason);
        let name = match ending::write(reason, is_own(self.start.as_ref())).0 {
            "incomplete" => "response.incomplete",
            _ => "response.completed",
        };
        let mut frames = std::mem::take(&mut self.output.frames);
        frames.event(name, out, |object| {
            object.object("response", |object| self.write_response(object));
        });
        self.output.frames = frames;
    }
}
