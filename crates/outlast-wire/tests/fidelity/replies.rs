//! Replies on their way from one protocol to the callers of every other.

use std::collections::BTreeSet;

use bytes::{Bytes, BytesMut};
use outlast_types::{
    ChatRequest, ChatResponse, Collector, ContentPart, Extra, Finish, FinishReason, Mode, Opaque,
    Protocol, RawJson, ReplyMeta, ReplyStart, StreamEvent, TargetId, TextPart, ToolCall,
    ToolCallDelta, Usage,
};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::bedrock::{BedrockConverse, BedrockServer};
use outlast_wire::gemini::GeminiServer;
use outlast_wire::openai::{OpenAiChat, OpenAiServer};
use outlast_wire::responses::{OpenAiResponses, ResponsesServer};
use outlast_wire::{ClientCodec, Decoder, Events, ServerCodec, StreamEncoder};

fn collected(events: impl IntoIterator<Item = StreamEvent>) -> ChatResponse {
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collector.finish(ReplyMeta::new(TargetId::new("account", "model")))
}

/// Reads a reply as the protocol's own clients do.
fn read(client: &impl ClientCodec, mode: Mode, body: Bytes) -> Events {
    let (mut decoder, mut events) = (client.decoder(mode), Events::new());
    decoder.push(body, &mut events).unwrap();
    decoder.end(&mut events).unwrap();
    events
}

/// Writes a reply both ways and reads it again.
fn passed_on(
    server: &impl ServerCodec,
    client: &impl ClientCodec,
    events: &[StreamEvent],
) -> [ChatResponse; 2] {
    let mut encoder = server.encoder(&ChatRequest::user("Hi"));
    let mut stream = BytesMut::new();
    events
        .iter()
        .for_each(|event| encoder.event(event, &mut stream));
    encoder.end(&mut stream);
    let whole = server.encode_response(&collected(events.to_vec()));
    [
        collected(read(client, Mode::Stream, stream.freeze())),
        collected(read(client, Mode::Unary, whole)),
    ]
}

fn start(id: Option<&str>) -> StreamEvent {
    let mut start = ReplyStart::new(Protocol::new("another"));
    start.id = id.map(str::to_owned);
    StreamEvent::Start(Box::new(start))
}

/// A reply of a provider that gives its calls no ids: one call in pieces, two at once.
fn calls_without_ids(reply: Option<&str>) -> Vec<StreamEvent> {
    let whole = |name: &str| StreamEvent::Part {
        choice: 0,
        part: Box::new(ContentPart::ToolCall(ToolCall::new("", name, "{}"))),
    };
    vec![
        start(reply),
        StreamEvent::ToolCall(ToolCallDelta {
            name: Some("f".to_owned()),
            arguments: "{}".to_owned(),
            ..ToolCallDelta::default()
        }),
        StreamEvent::PartEnd { choice: 0 },
        whole("g"),
        whole("h"),
        StreamEvent::finish(FinishReason::ToolCalls),
    ]
}

#[track_caller]
fn check_ids(server: &impl ServerCodec, client: &impl ClientCodec) {
    let ids = |reply| {
        passed_on(server, client, &calls_without_ids(reply)).map(|response| {
            let ids: BTreeSet<String> = response.tool_calls().map(|call| call.id.clone()).collect();
            assert!(!ids.contains(""), "{ids:?}");
            assert_eq!(ids.len(), 3, "{ids:?}");
            ids
        })
    };
    let (first, second) = (ids(Some("r1")), ids(Some("r2")));
    for (first, second) in first.iter().zip(&second) {
        assert!(first.is_disjoint(second), "{first:?} {second:?}");
    }
    ids(None);
}

#[test]
fn calls_without_ids_get_some_that_the_next_turn_does_not_have_again() {
    check_ids(&OpenAiServer::new(), &OpenAiChat::default());
    check_ids(&AnthropicServer::new(), &AnthropicMessages::new());
    let server = BedrockServer::for_path("/model/m/converse").unwrap();
    check_ids(&server, &BedrockConverse::new());
}

#[test]
fn items_of_responses_have_ids_too() {
    for response in passed_on(
        &ResponsesServer::new(),
        &OpenAiResponses::new(),
        &calls_without_ids(None),
    ) {
        let ids: BTreeSet<&str> = response.tool_calls().map(|call| &*call.id).collect();
        assert!(ids.len() == 3 && !ids.contains(""), "{ids:?}");
    }
}

const PRETTY: &str = "{\n  \"type\": \"oddity\",\r\n  \"list\": [\r    1,\n    2\n  ]\n}";

/// A reply whose every raw value is spread over lines.
fn pretty(protocol: &Protocol) -> Vec<StreamEvent> {
    let raw = || RawJson::parse(PRETTY).unwrap();
    let extra = |name: &str| Extra {
        origin: protocol.clone(),
        fields: [(name.to_owned(), raw())].into(),
    };
    let opaque = || Opaque {
        origin: protocol.clone(),
        raw: raw(),
    };
    let mut start = ReplyStart::new(protocol.clone());
    start.extra = Some(extra("of_reply"));
    let mut text = TextPart::new("Hi");
    text.extra = Some(extra("of_text"));
    let part = |part| StreamEvent::Part {
        choice: 0,
        part: Box::new(part),
    };
    let of_part = |name| StreamEvent::PartExtra {
        choice: 0,
        extra: Box::new(extra(name)),
    };
    vec![
        StreamEvent::Start(Box::new(start)),
        of_part("of_part"),
        StreamEvent::text("Hello"),
        of_part("of_open_part"),
        StreamEvent::PartEnd { choice: 0 },
        part(ContentPart::Text(text)),
        part(ContentPart::Opaque(opaque())),
        StreamEvent::Extra {
            choice: 0,
            extra: Box::new(extra("of_message")),
        },
        StreamEvent::Opaque(Box::new(opaque())),
        StreamEvent::Usage {
            usage: Usage::new(1, 2),
            raw: Some(Box::new(opaque())),
        },
        StreamEvent::Finish(Finish {
            choice: 0,
            reason: FinishReason::Stop,
            extra: Some(Box::new(extra("of_choice"))),
        }),
    ]
}

#[track_caller]
fn check_lines(server: &impl ServerCodec) {
    let mut encoder = server.encoder(&ChatRequest::user("Hi"));
    let mut out = BytesMut::new();
    for event in pretty(&server.protocol()) {
        encoder.event(&event, &mut out);
    }
    encoder.end(&mut out);
    let text = String::from_utf8(out.to_vec()).unwrap();
    assert!(text.contains("oddity"), "{text}");
    for line in text.replace("\r\n", "\n").split(['\n', '\r']) {
        let is_field = line.is_empty() || line.starts_with("data: ") || line.starts_with("event: ");
        assert!(is_field, "{line:?} in\n{text}");
    }
}

#[test]
fn values_that_were_spread_over_lines_stay_on_the_line_of_their_frame() {
    check_lines(&OpenAiServer::new());
    check_lines(&ResponsesServer::new());
    check_lines(&AnthropicServer::new());
    check_lines(&GeminiServer::for_path("/v1beta/models/m:streamGenerateContent").unwrap());
}
