//! Fields that come in pieces: a caller of the same protocol sees each while the stream comes, and no piece twice.

use bytes::{Bytes, BytesMut};
use outlast_types::{ChatRequest, ChatResponse, Collector, Mode, ReplyMeta, TargetId};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::gemini::{Gemini, GeminiServer};
use outlast_wire::openai::{OpenAiChat, OpenAiServer};
use outlast_wire::responses::{OpenAiResponses, ResponsesServer};
use outlast_wire::{ClientCodec, Decoder, Events, ServerCodec, StreamEncoder};

/// What no stream has in it.
const NEVER: &str = "\0";

/// Passes `frames` on one by one. Each is followed by the text that must have reached the caller with it; none of these
/// may come twice before `again`, where the protocol tells everything once more. Returns what both sides made of the
/// stream.
#[track_caller]
fn pass_on(
    client: &impl ClientCodec,
    server: &impl ServerCodec,
    frames: &[(&str, &[&str])],
    again: &str,
) -> [ChatResponse; 2] {
    let mut decoder = client.decoder(Mode::Stream);
    let mut encoder = server.encoder(&ChatRequest::user("Hi"));
    let (mut collector, mut all) = (Collector::default(), BytesMut::new());
    let mut told: Vec<&str> = Vec::new();
    for (frame, pieces) in frames {
        let (mut events, mut out) = (Events::new(), BytesMut::new());
        let bytes = Bytes::from(format!("{frame}\n\n"));
        decoder.push(bytes, &mut events).unwrap();
        for event in events {
            encoder.event(&event, &mut out);
            collector.push(event);
        }
        let written = String::from_utf8(out.to_vec()).unwrap();
        for piece in *pieces {
            assert!(written.contains(piece), "{piece} in {written}");
        }
        told.extend(*pieces);
        all.extend_from_slice(&out);
    }
    let mut events = Events::new();
    decoder.end(&mut events).unwrap();
    for event in events {
        encoder.event(&event, &mut all);
        collector.push(event);
    }
    encoder.end(&mut all);
    let written = String::from_utf8(all.to_vec()).unwrap();
    for piece in told {
        let first = written.split(again).next().unwrap();
        assert_eq!(first.matches(piece).count(), 1, "{piece} in\n{written}");
    }
    [collected(collector), read(client, all.freeze())]
}

fn read(client: &impl ClientCodec, stream: Bytes) -> ChatResponse {
    let (mut decoder, mut events) = (client.decoder(Mode::Stream), Events::new());
    decoder.push(stream, &mut events).unwrap();
    decoder.end(&mut events).unwrap();
    let mut collector = Collector::default();
    events.into_iter().for_each(|event| collector.push(event));
    collected(collector)
}

fn collected(collector: Collector) -> ChatResponse {
    collector.finish(ReplyMeta::new(TargetId::new("account", "model")))
}

#[test]
fn log_probabilities_sound_annotations_and_details_of_reasoning_pass_as_they_come() {
    let chunk = |choice: &str| {
        format!(
            r#"data: {{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,{choice},"finish_reason":null}}]}}"#
        )
    };
    let choices = [
        (
            r#""delta":{"role":"assistant","content":""}"#,
            &[] as &[&str],
        ),
        (
            r#""delta":{"reasoning":"H","reasoning_details":[{"type":"reasoning.text","index":0,"text":"d1"}]}"#,
            &[r#""text":"d1""#],
        ),
        (
            r#""delta":{"reasoning":"m","reasoning_details":[{"type":"reasoning.text","index":0,"text":"d2"}]}"#,
            &[r#""text":"d2""#],
        ),
        (
            r#""delta":{"content":"Hel"},"logprobs":{"content":[{"token":"Hel","logprob":-0.25}],"refusal":null}"#,
            &[
                r#""delta":{"content":"Hel"},"logprobs":{"content":[{"token":"Hel","logprob":-0.25}]"#,
            ],
        ),
        (
            r#""delta":{"content":"lo"},"logprobs":{"content":[{"token":"lo","logprob":-0.5}],"refusal":null}"#,
            &[r#""logprob":-0.5"#],
        ),
        (
            r#""delta":{"annotations":[{"type":"url_citation","n":1}]}"#,
            &[r#""n":1"#],
        ),
        (
            r#""delta":{"audio":{"id":"a1","transcript":"o-ne"}}"#,
            &["o-ne"],
        ),
        (
            r#""delta":{"audio":{"data":"AQ==","transcript":" two"}}"#,
            &["AQ=="],
        ),
        (
            r#""delta":{"audio":{"data":"Ag==","expires_at":9}}"#,
            &["Ag=="],
        ),
    ];
    let mut frames: Vec<(String, &[&str])> = choices
        .iter()
        .map(|(choice, pieces)| (chunk(choice), *pieces))
        .collect();
    frames.push((
        r#"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#.to_owned(),
        &[],
    ));
    frames.push(("data: [DONE]".to_owned(), &[]));
    let frames: Vec<(&str, &[&str])> = frames
        .iter()
        .map(|(frame, pieces)| (frame.as_str(), *pieces))
        .collect();

    let responses = pass_on(&OpenAiChat::default(), &OpenAiServer::new(), &frames, NEVER);
    for response in &responses {
        let choice = &response.choices[0];
        let of_message = &choice.message_extra.as_ref().unwrap().fields;
        let value = |name: &str| of_message[name].get().to_owned();
        assert_eq!(
            value("audio"),
            r#"{"data":"AQI=","expires_at":9,"id":"a1","transcript":"o-ne two"}"#
        );
        assert_eq!(value("annotations"), r#"[{"type":"url_citation","n":1}]"#);
        assert!(value("reasoning_details").contains("d1d2"));
        let of_choice = &choice.extra.as_ref().unwrap().fields;
        let logprobs = of_choice["logprobs"].get();
        assert!(
            logprobs.contains("-0.25") && logprobs.contains("-0.5"),
            "{logprobs}"
        );
    }
    assert_eq!(responses[0].text(), responses[1].text());
}

#[test]
fn citations_pass_as_they_come() {
    let responses = pass_on(
        &AnthropicMessages::new(),
        &AnthropicServer::new(),
        &[
            (
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}",
                &[],
            ),
            (
                "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\",\"citations\":[]}}",
                &[],
            ),
            (
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"n\":\"first\"}}}",
                &["first"],
            ),
            (
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Well\"}}",
                &["Well"],
            ),
            (
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"n\":\"second\"}}}",
                &["second"],
            ),
            (
                "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}",
                &[],
            ),
            (
                "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}",
                &[],
            ),
            (
                "event: message_stop\ndata: {\"type\":\"message_stop\"}",
                &[],
            ),
        ],
        NEVER,
    );
    assert_eq!(responses[0].content(), responses[1].content());
}

#[test]
fn annotations_and_log_probabilities_of_responses_pass_as_they_come() {
    let responses = pass_on(
        &OpenAiResponses::new(),
        &ResponsesServer::new(),
        &[
            (
                r#"data: {"type":"response.created","response":{"id":"r1","model":"m"}}"#,
                &[],
            ),
            (
                r#"data: {"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"i1","role":"assistant","content":[]}}"#,
                &[],
            ),
            (
                r#"data: {"type":"response.output_text.delta","item_id":"i1","output_index":0,"content_index":0,"delta":"Hel","logprobs":[{"token":"Hel","logprob":-0.25}]}"#,
                &["-0.25"],
            ),
            (
                r#"data: {"type":"response.output_text.delta","item_id":"i1","output_index":0,"content_index":0,"delta":"lo","logprobs":[{"token":"lo","logprob":-0.5}]}"#,
                &["-0.5"],
            ),
            (
                r#"data: {"type":"response.output_text.annotation.added","item_id":"i1","output_index":0,"content_index":0,"annotation_index":0,"annotation":{"n":"first"}}"#,
                &["first"],
            ),
            (
                r#"data: {"type":"response.completed","response":{"id":"r1","model":"m","output":[{"type":"message","id":"i1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[{"n":"first"}],"logprobs":[{"token":"Hel","logprob":-0.25},{"token":"lo","logprob":-0.5}]}]}]}}"#,
                &[],
            ),
        ],
        "response.output_text.done",
    );
    assert_eq!(responses[0].content(), responses[1].content());
}

#[test]
fn sources_of_gemini_pass_as_they_come() {
    let responses = pass_on(
        &Gemini::new(),
        &GeminiServer::for_path("/v1beta/models/m:streamGenerateContent").unwrap(),
        &[
            (
                r#"data: {"candidates":[{"content":{"parts":[{"text":"Hel"}],"role":"model"},"index":0,"citationMetadata":{"citationSources":[{"uri":"first"}]}}]}"#,
                &["first", "Hel"],
            ),
            (
                r#"data: {"candidates":[{"content":{"parts":[{"text":"lo"}],"role":"model"},"index":0,"citationMetadata":{"citationSources":[{"uri":"second"}]},"groundingMetadata":{"n":"third"}}]}"#,
                &["second", "third"],
            ),
            (
                r#"data: {"candidates":[{"content":{"parts":[{"text":"!"}],"role":"model"},"finishReason":"STOP","index":0}]}"#,
                &[],
            ),
        ],
        NEVER,
    );
    assert_eq!(responses[0].choices, responses[1].choices);
}
