//! JSON that a model gives as the arguments of a tool, for want of another way: it is the same answer whole and streamed.

use bytes::{Bytes, BytesMut};
use outlast_types::{
    ChatRequest, ChatResponse, Collector, Mode, RawJson, ReplyMeta, ResponseFormat, TargetId,
};
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::event_stream::{HeaderValue, write_frame};
use outlast_wire::{ClientCodec, Decoder, EncodeOptions, Events};
use serde_json::{Value, json};

/// The name under which the answer is asked for.
const TOOL: &str = "outlast_json_answer";

/// A block of a reply: a text, or the name and the arguments of a call.
#[derive(Clone, Copy)]
enum Block {
    Text(&'static str),
    Call(&'static str, &'static str),
}

struct Case {
    blocks: &'static [Block],
    /// Why the reply ended, as Anthropic says it.
    stop: &'static str,
    /// The text, the names of the calls, and why the answer ended.
    expected: (&'static str, &'static [&'static str], &'static str),
}

const CASES: [Case; 4] = [
    Case {
        blocks: &[Block::Call(TOOL, r#"{"a":"é","b":[1]}"#)],
        stop: "tool_use",
        expected: (r#"{"a":"é","b":[1]}"#, &[], "stop"),
    },
    Case {
        blocks: &[Block::Call(TOOL, "{}")],
        stop: "tool_use",
        expected: ("{}", &[], "stop"),
    },
    Case {
        blocks: &[Block::Call("look", r#"{"at":1}"#)],
        stop: "tool_use",
        expected: ("", &["look"], "tool_calls"),
    },
    Case {
        blocks: &[Block::Text("No.")],
        stop: "end_turn",
        expected: ("No.", &[], "stop"),
    },
];

fn read(mut decoder: impl Decoder, pieces: impl Iterator<Item = Bytes>) -> ChatResponse {
    let mut events = Events::new();
    for piece in pieces {
        decoder.push(piece, &mut events).unwrap();
    }
    decoder.end(&mut events).unwrap();
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collector.finish(ReplyMeta::new(TargetId::new("account", "model")))
}

/// What a caller sees of a reply.
fn seen(reply: &ChatResponse) -> (String, Vec<String>, String) {
    let calls = reply.tool_calls().map(|call| call.name.clone()).collect();
    let finish = reply.finish().map_or("none", |reason| reason.as_str());
    (reply.text(), calls, finish.to_owned())
}

/// Checks that `codec` reads the whole reply and the streamed one, however it is cut, as what is expected.
fn check(codec: &impl ClientCodec, case: &Case, whole: &Value, stream: &Bytes) {
    let (text, calls, finish) = case.expected;
    let expected = (
        text.to_owned(),
        calls.iter().map(|name| (*name).to_owned()).collect(),
        finish.to_owned(),
    );
    let body = Bytes::from(whole.to_string());
    let read_whole = read(codec.decoder(Mode::Unary), [body].into_iter());
    assert_eq!(seen(&read_whole), expected, "whole");
    for at in 0..=stream.len() {
        let pieces = [stream.slice(..at), stream.slice(at..)];
        let read_stream = read(codec.decoder(Mode::Stream), pieces.into_iter());
        assert_eq!(seen(&read_stream), expected, "streamed, cut at {at}");
    }
}

/// Writes the arguments in two pieces, as they come.
fn halves(arguments: &str) -> [&str; 2] {
    let at = (arguments.len() / 2..)
        .find(|at| arguments.is_char_boundary(*at))
        .unwrap();
    let (head, tail) = arguments.split_at(at);
    [head, tail]
}

fn asks_for_the_tool(codec: &impl ClientCodec, model: &str) {
    let schema = RawJson::parse(r#"{"type":"object","properties":{"a":{"type":"string"}}}"#);
    let request = ChatRequest::user("Hi").with_response_format(ResponseFormat::JsonSchema {
        name: "answer".to_owned(),
        schema: schema.unwrap(),
        description: None,
        strict: Some(true),
    });
    for mode in [Mode::Unary, Mode::Stream] {
        let options = EncodeOptions {
            model,
            mode,
            provider: "somebody",
        };
        let encoded = codec.encode(&request, &options).unwrap();
        let body = std::str::from_utf8(encoded.request.body()).unwrap();
        assert!(body.contains(TOOL), "{body}");
        assert!(encoded.adaptations.iter().all(|note| !note.is_loss()));
    }
}

#[test]
fn a_claude_without_schemas_answers_in_json_alike_whole_and_streamed() {
    let codec = AnthropicMessages::new();
    asks_for_the_tool(&codec, "claude-3-5-haiku-20241022");
    for case in &CASES {
        let mut events = vec![
            json!({"type": "message_start", "message": {"id": "m", "model": "c",
            "role": "assistant", "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}}}),
        ];
        let mut content = Vec::new();
        for (index, block) in case.blocks.iter().enumerate() {
            let (start, deltas) = match block {
                Block::Text(text) => {
                    content.push(json!({"type": "text", "text": text}));
                    let delta = json!({"type": "text_delta", "text": text});
                    (json!({"type": "text", "text": ""}), vec![delta])
                }
                Block::Call(name, arguments) => {
                    let input: Value = serde_json::from_str(arguments).unwrap();
                    let call = |input| json!({"type": "tool_use", "id": "t", "name": name, "input": input});
                    content.push(call(input));
                    let delta =
                        |part: &&str| json!({"type": "input_json_delta", "partial_json": part});
                    (
                        call(json!({})),
                        halves(arguments).iter().map(delta).collect(),
                    )
                }
            };
            events.push(
                json!({"type": "content_block_start", "index": index, "content_block": start}),
            );
            let delta =
                |delta| json!({"type": "content_block_delta", "index": index, "delta": delta});
            events.extend(deltas.into_iter().map(delta));
            events.push(json!({"type": "content_block_stop", "index": index}));
        }
        events.push(json!({"type": "message_delta", "delta": {"stop_reason": case.stop}, "usage": {"output_tokens": 5}}));
        events.push(json!({"type": "message_stop"}));
        let stream: String = events
            .iter()
            .map(|event| {
                format!(
                    "event: {}\ndata: {event}\n\n",
                    event["type"].as_str().unwrap()
                )
            })
            .collect();
        let whole = json!({"type": "message", "id": "m", "model": "c", "role": "assistant",
            "content": content, "stop_reason": case.stop,
            "usage": {"input_tokens": 1, "output_tokens": 5}});
        check(&codec, case, &whole, &Bytes::from(stream));
    }
}

#[test]
fn a_bedrock_model_without_schemas_answers_in_json_alike_whole_and_streamed() {
    let codec = BedrockConverse::new();
    asks_for_the_tool(&codec, "amazon.nova-pro-v1:0");
    for case in &CASES {
        let mut events = vec![("messageStart", json!({"role": "assistant"}))];
        let mut content = Vec::new();
        for (index, block) in case.blocks.iter().enumerate() {
            let mut deltas = Vec::new();
            match block {
                Block::Text(text) => {
                    content.push(json!({"text": text}));
                    deltas.push(json!({"text": text}));
                }
                Block::Call(name, arguments) => {
                    let input: Value = serde_json::from_str(arguments).unwrap();
                    content
                        .push(json!({"toolUse": {"toolUseId": "t", "name": name, "input": input}}));
                    let start = json!({"toolUse": {"toolUseId": "t", "name": name}});
                    events.push((
                        "contentBlockStart",
                        json!({"contentBlockIndex": index, "start": start}),
                    ));
                    let delta = |part: &&str| json!({"toolUse": {"input": part}});
                    deltas.extend(halves(arguments).iter().map(delta));
                }
            }
            let delta = |delta| {
                (
                    "contentBlockDelta",
                    json!({"contentBlockIndex": index, "delta": delta}),
                )
            };
            events.extend(deltas.into_iter().map(delta));
            events.push(("contentBlockStop", json!({"contentBlockIndex": index})));
        }
        let usage = json!({"inputTokens": 1, "outputTokens": 5, "totalTokens": 6});
        events.push(("messageStop", json!({"stopReason": case.stop})));
        events.push((
            "metadata",
            json!({"usage": usage, "metrics": {"latencyMs": 1}}),
        ));
        let mut stream = BytesMut::new();
        for (name, event) in &events {
            let headers = [
                (":message-type", HeaderValue::String("event")),
                (":event-type", HeaderValue::String(name)),
            ];
            write_frame(&headers, event.to_string().as_bytes(), &mut stream);
        }
        let whole = json!({"output": {"message": {"role": "assistant", "content": content}},
            "stopReason": case.stop, "usage": usage, "metrics": {"latencyMs": 1}});
        check(&codec, case, &whole, &stream.freeze());
    }
}
