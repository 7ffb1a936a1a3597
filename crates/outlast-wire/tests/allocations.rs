//! A piece of text costs one allocation, its own.
//!
//! Streams of many events are decoded as a reader that keeps up would, and all allocations are counted. What a stream
//! needs once (its start, its end, the buffers) is told apart by decoding twice as many events. A text with an escape in it
//! costs more, for serde_json unescapes into a buffer of its own.
//!
//! A whole body costs one for each text that is kept, and a few for what holds them; the limits are two or three above
//! what was counted.

#![expect(clippy::unwrap_used, reason = "the streams are well formed")]

use allocation_counter::measure;
use bytes::Bytes;
use outlast_types::{Mode, StreamEvent};
use outlast_wire::{ClientCodec, Decoder, Events};

/// A stream in three parts: what comes before the text, one event of text, and what comes after.
struct Stream {
    head: &'static str,
    text: &'static str,
    tail: &'static str,
}

impl Stream {
    fn of(&self, events: usize) -> Bytes {
        let text = self.text.repeat(events);
        Bytes::from([self.head, &text, self.tail].concat())
    }
}

/// Decodes `stream` and returns how many allocations that took and how many events of text there were.
fn decode<C: ClientCodec>(codec: &C, stream: &Bytes) -> (u64, u64) {
    let mut texts = 0;
    let allocations = measure(|| {
        let mut decoder = codec.decoder(Mode::Stream);
        let mut events = Events::new();
        let mut take = |events: &mut Events| {
            let text = |event: &StreamEvent| u64::from(matches!(event, StreamEvent::Text(_)));
            texts += events.drain(..).map(|event| text(&event)).sum::<u64>();
        };
        for start in (0..stream.len()).step_by(4096) {
            let piece = stream.slice(start..stream.len().min(start + 4096));
            decoder.push(piece, &mut events).unwrap();
            take(&mut events);
        }
        decoder.end(&mut events).unwrap();
        take(&mut events);
    });
    (allocations.count_total, texts)
}

/// Checks that another event of text costs one allocation. A read that ends within an event may cost a little more, so
/// that one in fifty may.
#[track_caller]
fn check<C: ClientCodec>(codec: &C, stream: &Stream) {
    let (few, once) = decode(codec, &stream.of(1000));
    let (many, twice) = decode(codec, &stream.of(2000));
    assert_eq!((once, twice), (1000, 2000));
    assert!(many - few <= 1020, "{few} and {many} allocations");
}

#[test]
fn a_chunk_of_openai_costs_one() {
    check(
        &outlast_wire::openai::OpenAiChat::default(),
        &Stream {
            head: "",
            text: concat!(
                r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763489571,"model":"gpt-4o-mini","#,
                r#""service_tier":"default","system_fingerprint":"fp_5","choices":[{"index":0,"delta":{"content":" déjà "},"#,
                r#""logprobs":null,"finish_reason":null}],"obfuscation":"TvXs2"}"#,
                "\n\n"
            ),
            tail: concat!(
                r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
                "\n\ndata: [DONE]\n\n"
            ),
        },
    );
}

#[test]
fn a_delta_of_anthropic_costs_one() {
    check(
        &outlast_wire::anthropic::AnthropicMessages::new(),
        &Stream {
            head: concat!(
                "event: message_start\n",
                r#"data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-sonnet-4-5","usage":{"input_tokens":3,"output_tokens":1}}}"#,
                "\n\nevent: content_block_start\n",
                r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                "\n\n"
            ),
            text: concat!(
                "event: content_block_delta\n",
                r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" déjà "}       }"#,
                "\n\n"
            ),
            tail: concat!(
                "event: content_block_stop\n",
                r#"data: {"type":"content_block_stop","index":0}"#,
                "\n\nevent: message_delta\n",
                r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}"#,
                "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
            ),
        },
    );
}

#[test]
fn a_chunk_of_gemini_costs_one() {
    check(
        &outlast_wire::gemini::Gemini::new(),
        &Stream {
            head: concat!(
                r#"data: {"candidates":[{"content":{"parts":[{"text":"hm","thought":true}],"role":"model"},"index":0}],"responseId":"r"}"#,
                "\r\n\r\n"
            ),
            text: concat!(
                r#"data: {"candidates": [{"content": {"parts": [{"text": " déjà "}],"role": "model"},"index": 0}],"#,
                r#""usageMetadata": {"promptTokenCount": 12,"candidatesTokenCount": 5,"totalTokenCount": 17},"#,
                r#""modelVersion": "gemini-3.5-flash","responseId": "r"}"#,
                "\r\n\r\n"
            ),
            tail: concat!(
                r#"data: {"candidates":[{"content":{"role":"model"},"finishReason":"STOP","index":0}]}"#,
                "\r\n\r\n"
            ),
        },
    );
}

#[test]
fn a_delta_of_responses_costs_one() {
    check(
        &outlast_wire::responses::OpenAiResponses::new(),
        &Stream {
            head: concat!(
                r#"data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","#,
                r#""created_at":1763489571,"status":"in_progress","model":"gpt-5-mini","output":[],"usage":null}}"#,
                "\n\n",
                r#"data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","#,
                r#""type":"message","status":"in_progress","content":[],"role":"assistant"}}"#,
                "\n\n"
            ),
            text: concat!(
                "event: response.output_text.delta\n",
                r#"data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,"#,
                r#""content_index":0,"delta":" déjà ","logprobs":[],"obfuscation":"k2Q9xA1"}"#,
                "\n\n"
            ),
            tail: concat!(
                r#"data: {"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[]}}"#,
                "\n\n"
            ),
        },
    );
}

#[test]
fn a_delta_of_bedrock_costs_one() {
    use bytes::BytesMut;
    use outlast_wire::event_stream::{HeaderValue, write_frame};

    let stream = |events: usize| {
        let mut out = BytesMut::new();
        let mut frame = |name: &str, payload: &str| {
            let headers = [
                (":event-type", HeaderValue::String(name)),
                (":content-type", HeaderValue::String("application/json")),
                (":message-type", HeaderValue::String("event")),
            ];
            write_frame(&headers, payload.as_bytes(), &mut out);
        };
        frame("messageStart", r#"{"role":"assistant","p":"abc"}"#);
        for _ in 0..events {
            frame(
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"text":" déjà "},"p":"abcdefghijklmnop"}"#,
            );
        }
        frame("contentBlockStop", r#"{"contentBlockIndex":0}"#);
        frame("messageStop", r#"{"stopReason":"end_turn"}"#);
        out.freeze()
    };
    let codec = outlast_wire::bedrock::BedrockConverse::new();
    let (few, once) = decode(&codec, &stream(1000));
    let (many, twice) = decode(&codec, &stream(2000));
    assert_eq!((once, twice), (1000, 2000));
    assert!(many - few <= 1020, "{few} and {many} allocations");
}

/// Decodes a whole body, and checks that it takes no more allocations than `limit`.
#[track_caller]
fn check_body<C: ClientCodec>(codec: &C, body: &'static str, limit: u64) {
    let body = Bytes::from_static(body.as_bytes());
    let mut events = Events::new();
    let allocations = measure(|| {
        let mut decoder = codec.decoder(Mode::Unary);
        decoder.push(body, &mut events).unwrap();
        decoder.end(&mut events).unwrap();
    });
    assert!(
        events
            .iter()
            .any(|event| matches!(event, StreamEvent::Usage { .. })),
        "{events:?}"
    );
    let count = allocations.count_total;
    assert!(count <= limit, "{count} allocations are more than {limit}");
}

#[test]
fn a_body_of_openai_costs_what_it_says() {
    check_body(
        &outlast_wire::openai::OpenAiChat::default(),
        concat!(
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1763489571,"model":"gpt-4o-mini","choices":[{"index":0,"#,
            r#""message":{"role":"assistant","content":"Hello","refusal":null,"annotations":[],"tool_calls":[{"id":"call_1","#,
            r#""type":"function","function":{"name":"get_weather","arguments":"{}"}}]},"logprobs":null,"#,
            r#""finish_reason":"tool_calls"}],"usage":{"prompt_tokens":57,"completion_tokens":9,"total_tokens":66},"#,
            r#""service_tier":"default","system_fingerprint":"fp_5"}"#
        ),
        28,
    );
}

#[test]
fn a_body_of_anthropic_costs_what_it_says() {
    check_body(
        &outlast_wire::anthropic::AnthropicMessages::new(),
        concat!(
            r#"{"model":"claude-sonnet-4-6","id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","#,
            r#""text":"Hello"},{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}],"#,
            r#""stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":57,"output_tokens":9}}"#
        ),
        18,
    );
}

#[test]
fn a_body_of_gemini_costs_what_it_says() {
    check_body(
        &outlast_wire::gemini::Gemini::new(),
        concat!(
            r#"{"candidates":[{"content":{"parts":[{"text":"Hello"},{"functionCall":{"name":"get_weather","args":{}}}],"#,
            r#""role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":57,"#,
            r#""candidatesTokenCount":9,"totalTokenCount":66},"modelVersion":"gemini-3.5-flash","responseId":"r"}"#
        ),
        22,
    );
}

#[test]
fn a_body_of_responses_costs_what_it_says() {
    check_body(
        &outlast_wire::responses::OpenAiResponses::new(),
        concat!(
            r#"{"id":"resp_1","object":"response","created_at":1763489571,"status":"completed","model":"gpt-5-mini","#,
            r#""output":[{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","#,
            r#""annotations":[],"logprobs":[],"text":"Hello"}],"role":"assistant"},{"id":"fc_1","type":"function_call","#,
            r#""status":"completed","arguments":"{}","call_id":"call_1","name":"get_weather"}],"tools":[],"#,
            r#""parallel_tool_calls":true,"usage":{"input_tokens":57,"output_tokens":9,"total_tokens":66}}"#
        ),
        48,
    );
}

#[test]
fn a_body_of_bedrock_costs_what_it_says() {
    check_body(
        &outlast_wire::bedrock::BedrockConverse::new(),
        concat!(
            r#"{"metrics":{"latencyMs":988},"output":{"message":{"content":[{"text":"Hello"},{"toolUse":{"input":{},"#,
            r#""name":"get_weather","toolUseId":"tooluse_1"}}],"role":"assistant"}},"stopReason":"tool_use","#,
            r#""usage":{"inputTokens":57,"outputTokens":9,"totalTokens":66}}"#
        ),
        22,
    );
}
