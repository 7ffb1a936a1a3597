//! What is sent and what is read, as a whole.

use outlast_types::{
    ChatRequest, ContentPart, Media, MediaSource, Message, Mode, RawJson, Reasoning,
    ReasoningConfig, ReasoningEffort, ResponseFormat, Role, ToolCall, ToolChoice, ToolResult,
    ToolSpec,
};
use outlast_wire::bedrock::BedrockConverse;
use outlast_wire::{ClientCodec, EncodeOptions};
use serde_json::Value;

use crate::support::{collect, decode, stream_of};

fn conversation() -> ChatRequest {
    let base64 = |media_type: &str| MediaSource::Base64 {
        media_type: media_type.to_owned(),
        data: "AA==".to_owned(),
    };
    let schema = RawJson::parse(r#"{"type":"object","properties":{"q":{"type":"string"}}}"#);
    let mut result = ToolResult::new("call_1", "15 degrees");
    result.is_error = true;
    let mut request = ChatRequest::user("How warm is it?")
        .with_system("Be brief.")
        .with_message(Message::assistant(vec![
            ContentPart::Reasoning(Reasoning::new("Hm.", None).with_signature("s")),
            ContentPart::text("Let me see."),
            ContentPart::ToolCall(ToolCall::new("call_1", "look", r#"{"q":"Zürich"}"#)),
        ]))
        .with_message(Message::new(
            Role::User,
            vec![
                ContentPart::ToolResult(result),
                ContentPart::text("And these?"),
                ContentPart::Image(Media::new(base64("image/png"))),
                ContentPart::Document(Media::new(base64("application/pdf"))),
            ],
        ))
        .with_tool(ToolSpec::new("look", schema.unwrap()).with_description("Looks."))
        .with_tool_choice(ToolChoice::Tool("look".to_owned()))
        .with_max_output_tokens(5000)
        .with_temperature(0.5);
    request.body_mut().stop = vec!["END".to_owned()];
    request.body_mut().seed = Some(7);
    request
}

fn sent(request: &ChatRequest, model: &str) -> (Value, Vec<String>) {
    let options = EncodeOptions {
        model,
        mode: Mode::Stream,
        provider: "bedrock",
    };
    let encoded = BedrockConverse::new().encode(request, &options).unwrap();
    let body = serde_json::from_slice(encoded.request.body()).unwrap();
    let notes = encoded.adaptations.iter().map(|note| note.to_string());
    (body, notes.collect())
}

#[test]
fn a_conversation_is_sent_as_each_vendor_takes_it() {
    for (name, model) in [
        ("to_claude", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("to_nova", "amazon.nova-lite-v1:0"),
        (
            "to_anybody",
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
        ),
    ] {
        insta::assert_debug_snapshot!(name, sent(&conversation(), model));
    }
}

#[test]
fn thinking_and_a_schema_are_asked_for_as_each_vendor_takes_them() {
    let schema = RawJson::parse(r#"{"type":"object"}"#).unwrap();
    let mut request = ChatRequest::user("Think.").with_max_output_tokens(5000);
    let mut reasoning = ReasoningConfig::default();
    reasoning.effort = Some(ReasoningEffort::High);
    request.body_mut().reasoning = Some(reasoning);
    let claude = sent(&request, "us.anthropic.claude-sonnet-4-5-20250929-v1:0");
    insta::assert_debug_snapshot!("thinking_of_claude", claude);
    let request = ChatRequest::user("Answer.").with_response_format(ResponseFormat::JsonSchema {
        name: "answer".to_owned(),
        schema,
        description: None,
        strict: Some(true),
    });
    insta::assert_debug_snapshot!("schema_for_nova", sent(&request, "amazon.nova-lite-v1:0"));
}

#[test]
fn a_stream_is_read() {
    let body = stream_of(&[
        ("messageStart", r#"{"role":"assistant","p":"abc"}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm."}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln"}}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":1,"delta":{"text":"Let me see."}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
        (
            "contentBlockStart",
            r#"{"contentBlockIndex":2,"start":{"toolUse":{"name":"look","toolUseId":"tooluse_1"}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"q\": 1}"}}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
        ("somethingNew", r#"{"a":1}"#),
        ("messageStop", r#"{"stopReason":"tool_use"}"#),
        (
            "metadata",
            r#"{"usage":{"inputTokens":3,"outputTokens":9,"totalTokens":19,"cacheReadInputTokens":7},"metrics":{"latencyMs":5}}"#,
        ),
    ]);
    let events = decode(Mode::Stream, &body).unwrap();
    insta::assert_debug_snapshot!("stream_events", events);
    insta::assert_debug_snapshot!("stream_reply", collect(events).choices);
}

#[test]
fn a_whole_reply_is_read() {
    let body = r#"{
        "output": {"message": {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
            {"text": "Let me see."},
            {"toolUse": {"toolUseId": "tooluse_1", "name": "look", "input": {"q": 1}}},
            {"citationsContent": {"content": [{"text": "quoted"}], "citations": []}}
        ]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 3, "outputTokens": 9, "totalTokens": 19, "cacheReadInputTokens": 7, "cacheWriteInputTokens": 0},
        "metrics": {"latencyMs": 5},
        "trace": {"promptRouter": {"invokedModelId": "m"}}
    }"#;
    let reply = collect(decode(Mode::Unary, body.as_bytes()).unwrap());
    insta::assert_debug_snapshot!("whole_reply", (&reply.start, &reply.choices, &reply.usage));
}
