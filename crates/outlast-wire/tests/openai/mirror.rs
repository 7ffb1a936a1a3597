//! What the server's side writes, the client's side reads as the same reply.

use bytes::BytesMut;
use outlast_types::{
    ChatRequest, ChatResponse, ContentPart, Delta, Extra, Finish, FinishReason, Mode, RawJson,
    ReasoningDelta, ReplyStart, StreamEvent, ToolCallDelta, Usage,
};
use outlast_wire::openai::{OpenAiServer, PROTOCOL};
use outlast_wire::{ServerCodec, StreamEncoder};
use proptest::prelude::*;

use crate::fixtures::{collect, decode};

/// A request of a caller who wants the counts.
pub(crate) fn request_with_usage() -> ChatRequest {
    let body =
        br#"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#;
    let body = bytes::Bytes::from_static(body);
    OpenAiServer::new().decode_request(&body).unwrap().request
}

pub(crate) fn write_stream(request: &ChatRequest, events: &[StreamEvent]) -> String {
    let mut encoder = OpenAiServer::new().encoder(request);
    let mut out = BytesMut::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    encoder.end(&mut out);
    String::from_utf8(out.to_vec()).unwrap()
}

fn text() -> impl Strategy<Value = String> {
    "(\\PC|[\n\r\t\"\\\\\u{0}\u{2028}]){1,12}"
}

fn reason() -> impl Strategy<Value = FinishReason> {
    prop_oneof![
        Just(FinishReason::Stop),
        Just(FinishReason::Length),
        Just(FinishReason::ToolCalls),
        Just(FinishReason::ContentFilter),
        "[a-z_]{3,9}x".prop_map(FinishReason::Other),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Text(String),
    Reasoning(String),
    Refusal(String),
    Call(String, Vec<String>),
    Ping,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        text().prop_map(Step::Text),
        text().prop_map(Step::Reasoning),
        text().prop_map(Step::Refusal),
        (text(), prop::collection::vec(text(), 0..3))
            .prop_map(|(name, pieces)| Step::Call(name, pieces)),
        Just(Step::Ping),
    ]
}

fn events_of(choice: u32, steps: Vec<Step>, reason: FinishReason) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    let mut calls = 0;
    for step in steps {
        match step {
            Step::Text(text) => events.push(StreamEvent::Text(Delta { choice, text })),
            Step::Refusal(text) => events.push(StreamEvent::Refusal(Delta { choice, text })),
            Step::Reasoning(text) => events.push(StreamEvent::Reasoning(ReasoningDelta {
                choice,
                text,
                signature: None,
            })),
            Step::Call(name, pieces) => {
                let piece = |id: Option<String>, name, arguments| {
                    StreamEvent::ToolCall(ToolCallDelta {
                        choice,
                        index: calls,
                        id,
                        name,
                        arguments,
                    })
                };
                let id = format!("call_{choice}_{calls}");
                events.push(piece(Some(id), Some(name), String::new()));
                events.extend(pieces.into_iter().map(|text| piece(None, None, text)));
                calls += 1;
            }
            Step::Ping => events.push(StreamEvent::Ping),
        }
    }
    events.push(StreamEvent::Finish(Finish {
        choice,
        reason,
        extra: None,
    }));
    events
}

fn start() -> StreamEvent {
    let mut start = ReplyStart::new(PROTOCOL);
    start.id = Some("id-1".to_owned());
    start.model = Some("model-1".to_owned());
    start.created = Some(1_770_000_000);
    let fields = [
        (
            "provider".to_owned(),
            RawJson::parse(r#"{"b":1,"a":2}"#).unwrap(),
        ),
        (
            "system_fingerprint".to_owned(),
            RawJson::parse("\"fp\"").unwrap(),
        ),
    ];
    start.extra = Extra::from_fields(PROTOCOL, fields.into());
    StreamEvent::Start(Box::new(start))
}

fn same(left: &ChatResponse, right: &ChatResponse) {
    assert_eq!(left.start, right.start);
    assert_eq!(left.choices, right.choices);
    assert_eq!(left.usage, right.usage);
}

/// Puts the parts of each answer in the order in which one body gives them, and joins what one body joins.
fn as_one_body(mut reply: ChatResponse) -> ChatResponse {
    for choice in &mut reply.choices {
        let parts = std::mem::take(&mut choice.content);
        let pick = |wanted: fn(&ContentPart) -> Option<&str>| -> String {
            parts.iter().filter_map(wanted).collect()
        };
        let reasoning = pick(|part| match part {
            ContentPart::Reasoning(part) => Some(&part.text),
            _ => None,
        });
        let text = pick(ContentPart::as_text);
        let refusal = pick(|part| match part {
            ContentPart::Refusal(text) => Some(text),
            _ => None,
        });
        let mut content = Vec::new();
        if !reasoning.is_empty() {
            content.push(ContentPart::Reasoning(outlast_types::Reasoning::new(
                reasoning,
                Some(PROTOCOL),
            )));
        }
        if !text.is_empty() {
            content.push(ContentPart::text(text));
        }
        if !refusal.is_empty() {
            content.push(ContentPart::Refusal(refusal));
        }
        content.extend(
            parts
                .into_iter()
                .filter(|part| matches!(part, ContentPart::ToolCall(_))),
        );
        choice.content = content;
    }
    reply
}

proptest! {
    #[test]
    fn a_reply_comes_through_server_and_client_unchanged(
        first in (prop::collection::vec(step(), 0..8), reason()),
        second in prop::option::of((prop::collection::vec(step(), 0..4), reason())),
        counts in prop::array::uniform4(0u64..1_000_000),
    ) {
        let mut usage = Usage::new(counts[0], counts[1]);
        usage.cached_read = counts[2];
        usage.reasoning = counts[1].min(counts[3]);
        let mut events = vec![start()];
        events.extend(events_of(0, first.0, first.1));
        if let Some((steps, reason)) = second {
            events.extend(events_of(1, steps, reason));
        }
        events.push(StreamEvent::usage(usage));

        let sent = collect(events.clone());
        let (received, error) = decode(Mode::Stream, &write_stream(&request_with_usage(), &events));
        prop_assert!(error.is_none(), "{:?}", error);
        same(&sent, &collect(received));

        let body = OpenAiServer::new().encode_response(&sent);
        let (received, error) = decode(Mode::Unary, std::str::from_utf8(&body).unwrap());
        prop_assert!(error.is_none(), "{:?}", error);
        same(&as_one_body(sent), &collect(received));
    }
}
