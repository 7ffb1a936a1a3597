//! Requests of other protocols, as the smaller formats carry them.

use outlast_types::{
    ChatRequest, ContentPart, ErrorKind, Media, MediaSource, Message, Mode, RawJson, Reasoning,
    ResponseFormat, Role, ToolCall, ToolChoice, ToolResult, ToolSpec,
};
use outlast_wire::cohere::CohereChat;
use outlast_wire::completions::Completions;
use outlast_wire::ollama::OllamaChat;
use outlast_wire::{ClientCodec, EncodeOptions, Encoded};
use serde_json::Value;

fn conversation() -> ChatRequest {
    let picture = MediaSource::Base64 {
        media_type: "image/png".to_owned(),
        data: "AA==".to_owned(),
    };
    let schema = RawJson::parse(r#"{"type":"object"}"#).unwrap();
    let mut result = ToolResult::new("toolu_1", "15 degrees");
    result.is_error = true;
    let mut request = ChatRequest::user("How warm is it?")
        .with_system("Be brief.")
        .with_message(Message::assistant(vec![
            ContentPart::Reasoning(Reasoning::new("Hm.", None).with_signature("s")),
            ContentPart::text("Let me see."),
            ContentPart::ToolCall(ToolCall::new("toolu_1", "look", r#"{"q":"Zürich"}"#)),
        ]))
        .with_message(Message::new(
            Role::User,
            vec![
                ContentPart::ToolResult(result),
                ContentPart::text("And this?"),
                ContentPart::Image(Media::new(picture)),
            ],
        ))
        .with_tool(ToolSpec::new("look", schema.clone()).with_description("Looks."))
        .with_tool(ToolSpec::new("wait", schema.clone()))
        .with_response_format(ResponseFormat::JsonSchema {
            name: "answer".to_owned(),
            schema,
            description: None,
            strict: Some(true),
        })
        .with_max_output_tokens(50)
        .with_temperature(0.5);
    request.body_mut().parallel_tool_calls = Some(false);
    request.body_mut().stop = vec!["END".to_owned()];
    request
}

fn encode(
    codec: &impl ClientCodec,
    request: &ChatRequest,
) -> Result<Encoded, outlast_types::Error> {
    let options = EncodeOptions {
        model: "m",
        mode: Mode::Stream,
        provider: "test",
    };
    codec.encode(request, &options)
}

fn shown(encoded: &Encoded) -> (Value, Vec<String>) {
    let body = serde_json::from_slice(encoded.request.body()).unwrap();
    let adaptations = encoded.adaptations.iter().map(|note| format!("{note:?}"));
    (body, adaptations.collect())
}

#[test]
fn a_conversation_of_another_protocol_is_adapted() {
    let forced = conversation().with_tool_choice(ToolChoice::Tool("wait".to_owned()));
    let encoded = encode(&CohereChat::new(), &forced).unwrap();
    insta::assert_debug_snapshot!("cohere", shown(&encoded));
    let encoded = encode(&OllamaChat::new(), &conversation()).unwrap();
    insta::assert_debug_snapshot!("ollama", shown(&encoded));
    let talk = ChatRequest::user("Hi")
        .with_system("Be brief.")
        .with_message(Message::assistant("Hello!"))
        .with_message(Message::user("How are you?"));
    let encoded = encode(&Completions::new(), &talk).unwrap();
    insta::assert_debug_snapshot!("completions", shown(&encoded));
}

#[test]
fn what_has_no_form_fails_before_anything_is_sent() {
    let kind = |result: Result<Encoded, outlast_types::Error>| result.unwrap_err().kind();
    let forced = conversation().with_tool_choice(ToolChoice::Required);
    assert_eq!(
        kind(encode(&OllamaChat::new(), &forced)),
        ErrorKind::Unsupported
    );
    assert_eq!(
        kind(encode(&Completions::new(), &conversation())),
        ErrorKind::Unsupported
    );
    let document =
        ContentPart::Document(Media::new(MediaSource::Url("https://a.b/c.pdf".to_owned())));
    let request = ChatRequest::new().with_message(Message::user(vec![document]));
    assert_eq!(
        kind(encode(&CohereChat::new(), &request)),
        ErrorKind::Unsupported
    );
    assert_eq!(
        kind(encode(&OllamaChat::new(), &request)),
        ErrorKind::Unsupported
    );
    assert_eq!(
        kind(encode(&Completions::new(), &request)),
        ErrorKind::Unsupported
    );
}
