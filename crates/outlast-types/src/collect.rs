//! From events to a whole reply.

use bytes::Bytes;

use crate::{
    ChatResponse, Choice, ContentPart, Delta, Extra, Opaque, Protocol, Reasoning, ReasoningDelta,
    ReplyMeta, ReplyStart, StreamEvent, TextPart, ToolCall, ToolCallDelta, Usage,
};

/// Builds a [`ChatResponse`] from the events of one reply.
///
/// # Examples
///
/// ```
/// use outlast_types::{Collector, FinishReason, ReplyMeta, StreamEvent, TargetId};
///
/// let mut collector = Collector::default();
/// for event in [StreamEvent::text("Hel"), StreamEvent::text("lo"), StreamEvent::finish(FinishReason::Stop)] {
///     collector.push(event);
/// }
/// let reply = collector.finish(ReplyMeta::new(TargetId::new("acme", "m1")));
/// assert_eq!(reply.text(), "Hello");
/// assert_eq!(reply.finish(), Some(&FinishReason::Stop));
/// ```
#[derive(Debug, Default)]
pub struct Collector {
    start: Option<ReplyStart>,
    choices: Vec<ChoiceCollector>,
    usage: Usage,
    raw_usage: Option<Opaque>,
    raw: Bytes,
}

#[derive(Debug, Default)]
struct ChoiceCollector {
    choice: Choice,
    /// Where in the content each tool call stands, by the call's index.
    calls: Vec<(u32, usize)>,
    /// Whether the last part still grows.
    open: bool,
    /// Fields that came before the part they belong to.
    part_extra: Option<Extra>,
}

impl Collector {
    /// Takes the next event.
    pub fn push(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Start(start) => {
                self.start.get_or_insert(*start);
            }
            StreamEvent::Text(delta) => self.choice(delta.choice).push_text(delta),
            StreamEvent::Refusal(delta) => self.choice(delta.choice).push_refusal(delta),
            StreamEvent::Reasoning(delta) => {
                let origin = self.start.as_ref().map(|start| start.protocol.clone());
                self.choice(delta.choice).push_reasoning(delta, origin);
            }
            StreamEvent::ToolCall(delta) => self.choice(delta.choice).push_tool_call(delta),
            StreamEvent::Part { choice, part } => self.choice(choice).push_part(*part),
            StreamEvent::PartExtra { choice, extra } => {
                self.choice(choice).push_part_extra(*extra);
            }
            StreamEvent::PartEnd { choice } => self.choice(choice).end_part(),
            StreamEvent::Finish(finish) => {
                let choice = &mut self.choice(finish.choice).choice;
                choice.finish = Some(finish.reason);
                choice.extra = finish.extra.map(|extra| *extra);
            }
            StreamEvent::Usage { usage, raw } => {
                self.usage = usage;
                self.raw_usage = raw.map(|raw| *raw);
            }
            StreamEvent::Extra { choice, extra } => {
                self.choice(choice).choice.message_extra = Some(*extra)
            }
            StreamEvent::ExtraDelta { .. } | StreamEvent::Opaque(_) | StreamEvent::Ping => {}
        }
    }

    /// Keeps the body the events were read from.
    pub fn with_raw(mut self, raw: Bytes) -> Self {
        self.raw = raw;
        self
    }

    /// Returns the reply.
    pub fn finish(self, meta: ReplyMeta) -> ChatResponse {
        ChatResponse {
            start: self
                .start
                .unwrap_or_else(|| ReplyStart::new(Protocol::new("unknown"))),
            choices: self
                .choices
                .into_iter()
                .map(|collector| collector.choice)
                .collect(),
            usage: self.usage,
            raw_usage: self.raw_usage,
            raw: self.raw,
            meta,
        }
    }

    fn choice(&mut self, index: u32) -> &mut ChoiceCollector {
        let at = match self
            .choices
            .iter()
            .position(|collector| collector.choice.index == index)
        {
            Some(at) => at,
            None => {
                let at = self
                    .choices
                    .partition_point(|collector| collector.choice.index < index);
                let choice = Choice {
                    index,
                    ..Choice::default()
                };
                self.choices.insert(
                    at,
                    ChoiceCollector {
                        choice,
                        ..ChoiceCollector::default()
                    },
                );
                at
            }
        };
        #[expect(
            clippy::indexing_slicing,
            reason = "`at` was found or inserted just above"
        )]
        &mut self.choices[at]
    }
}

impl ChoiceCollector {
    fn push_text(&mut self, delta: Delta) {
        match self.growing() {
            Some(ContentPart::Text(part)) => part.text.push_str(&delta.text),
            // Some providers open every answer with an empty piece, tool calls included.
            _ if delta.text.is_empty() => {}
            _ => self.begin(ContentPart::Text(TextPart::new(delta.text))),
        }
    }

    fn push_refusal(&mut self, delta: Delta) {
        match self.growing() {
            Some(ContentPart::Refusal(text)) => text.push_str(&delta.text),
            _ if delta.text.is_empty() => {}
            _ => self.begin(ContentPart::Refusal(delta.text)),
        }
    }

    fn push_reasoning(&mut self, delta: ReasoningDelta, origin: Option<Protocol>) {
        let Some(ContentPart::Reasoning(part)) = self.growing() else {
            let mut part = Reasoning::new(delta.text, origin);
            part.signature = delta.signature;
            return self.begin(ContentPart::Reasoning(part));
        };
        part.text.push_str(&delta.text);
        if let Some(signature) = delta.signature {
            part.signature.get_or_insert_default().push_str(&signature);
        }
    }

    fn push_tool_call(&mut self, delta: ToolCallDelta) {
        let at = self
            .calls
            .iter()
            .find(|(index, _)| *index == delta.index)
            .map(|(_, at)| *at);
        if let Some(ContentPart::ToolCall(call)) = at.and_then(|at| self.choice.content.get_mut(at))
        {
            call.arguments.push_str(&delta.arguments);
            return;
        }
        self.calls.push((delta.index, self.choice.content.len()));
        self.begin(ContentPart::ToolCall(ToolCall::new(
            delta.id.unwrap_or_default(),
            delta.name.unwrap_or_default(),
            delta.arguments,
        )));
    }

    fn push_part(&mut self, part: ContentPart) {
        self.begin(part);
        self.open = false;
    }

    fn push_part_extra(&mut self, extra: Extra) {
        match self.growing() {
            Some(part) => add_extra(part.extra_mut(), extra),
            None => add_extra(Some(&mut self.part_extra), extra),
        }
    }

    fn end_part(&mut self) {
        self.open = false;
        self.part_extra = None;
    }

    fn begin(&mut self, mut part: ContentPart) {
        if let Some(extra) = self.part_extra.take() {
            add_extra(part.extra_mut(), extra);
        }
        self.choice.content.push(part);
        self.open = true;
    }

    fn growing(&mut self) -> Option<&mut ContentPart> {
        if self.open {
            self.choice.content.last_mut()
        } else {
            None
        }
    }
}

/// Adds fields to a part's own, if it has a place for them and they come from the same protocol.
fn add_extra(place: Option<&mut Option<Extra>>, extra: Extra) {
    match place {
        None => {}
        Some(place @ None) => *place = Some(extra),
        Some(Some(own)) if own.origin == extra.origin => own.fields.extend(extra.fields),
        Some(Some(_)) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TargetId;

    fn collect(events: impl IntoIterator<Item = StreamEvent>) -> ChatResponse {
        let mut collector = Collector::default();
        events.into_iter().for_each(|event| collector.push(event));
        collector.finish(ReplyMeta::new(TargetId::new("a", "m")))
    }

    fn call(index: u32, name: Option<&str>, arguments: &str) -> StreamEvent {
        StreamEvent::ToolCall(ToolCallDelta {
            index,
            id: name.map(|name| format!("id-{name}")),
            name: name.map(str::to_owned),
            arguments: arguments.to_owned(),
            ..ToolCallDelta::default()
        })
    }

    #[test]
    fn interleaved_tool_calls_are_put_together_by_their_index() {
        let reply = collect([
            StreamEvent::text("Looking."),
            call(0, Some("f"), "{\"a\""),
            call(1, Some("g"), ""),
            call(0, None, ":1}"),
            call(1, None, "{}"),
        ]);
        let calls: Vec<_> = reply
            .tool_calls()
            .map(|call| (call.name.as_str(), call.arguments.as_str()))
            .collect();
        assert_eq!(calls, [("f", "{\"a\":1}"), ("g", "{}")]);
        assert_eq!(reply.text(), "Looking.");
    }

    #[test]
    fn an_answer_is_a_turn_that_knows_its_author() {
        let message = collect([StreamEvent::text("a")]).message();
        assert_eq!(message.role, crate::Role::Assistant);
        assert_eq!(message.text(), "a");
        assert_eq!(message.author, Some(TargetId::new("a", "m")));
    }

    #[test]
    fn the_end_of_a_part_separates_two_texts() {
        let reply = collect([
            StreamEvent::text("a"),
            StreamEvent::PartEnd { choice: 0 },
            StreamEvent::text("b"),
        ]);
        assert_eq!(reply.content().len(), 2);
    }

    #[test]
    fn fields_belong_to_the_part_that_grows_or_else_to_the_next() {
        let extra = |name: &str| StreamEvent::PartExtra {
            choice: 0,
            extra: Box::new(Extra {
                origin: Protocol::new("p"),
                fields: [(name.to_owned(), crate::RawJson::parse("1").unwrap())].into(),
            }),
        };
        let reply = collect([
            extra("a"),
            StreamEvent::text("x"),
            StreamEvent::ExtraDelta {
                choice: 0,
                extra: Box::new(Extra {
                    origin: Protocol::new("p"),
                    fields: [("z".to_owned(), crate::RawJson::parse("1").unwrap())].into(),
                }),
            },
            extra("b"),
            StreamEvent::PartEnd { choice: 0 },
            extra("c"),
            call(0, Some("f"), "{}"),
        ]);
        let [ContentPart::Text(text), ContentPart::ToolCall(call)] = reply.content() else {
            panic!("{:?}", reply.content());
        };
        let names = |extra: &Option<Extra>| {
            let fields = &extra.as_ref().unwrap().fields;
            fields.keys().cloned().collect::<String>()
        };
        assert_eq!(
            (names(&text.extra), names(&call.extra)),
            ("ab".to_owned(), "c".to_owned())
        );
    }

    #[test]
    fn choices_come_out_in_their_order() {
        let text = |choice, text: &str| {
            StreamEvent::Text(Delta {
                choice,
                text: text.to_owned(),
            })
        };
        let reply = collect([text(1, "second"), text(0, "first")]);
        assert_eq!(reply.text(), "first");
        assert_eq!(reply.choices[1].index, 1);
    }

    #[test]
    fn a_reply_without_content_is_empty_unless_its_ending_explains_it() {
        use crate::FinishReason::{Length, Stop};
        let check = |events: Vec<StreamEvent>, empty| assert_eq!(collect(events).is_empty(), empty);
        check(vec![], true);
        check(vec![StreamEvent::finish(Stop)], true);
        check(
            vec![
                StreamEvent::finish(Stop),
                StreamEvent::usage(Usage::new(5, 3)),
            ],
            false,
        );
        check(vec![StreamEvent::finish(Length)], false);
        check(
            vec![call(0, Some("f"), "{}"), StreamEvent::finish(Stop)],
            false,
        );
        check(vec![StreamEvent::text("")], true);
    }
}
