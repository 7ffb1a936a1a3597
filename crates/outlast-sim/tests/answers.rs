//! What a healthy provider says.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast_sim::{CallEnd, reference_text};
use outlast_types::{
    ChatRequest, ContentPart, FinishReason, Message, Mode, RawJson, ResponseFormat, ToolChoice,
    ToolResult, ToolSpec,
};
use serde_json::{Value, json};
use support::*;

#[tokio::test(start_paused = true)]
async fn a_stream_and_a_unary_reply_say_the_reference_text() {
    for format in FORMATS {
        let sim = Provider::new(format);
        for mode in [Mode::Unary, Mode::Stream] {
            let reply = ask(&sim, &question(), mode).await.whole();
            assert_eq!(
                reply.text(),
                reference_text(QUESTION, outlast_sim::DEFAULT_WORDS)
            );
            assert_eq!(reply.finish(), Some(&FinishReason::Stop));
            assert_eq!(reply.usage.output, 60, "{format:?} {mode:?}");
            assert_eq!(reply.usage.input, 8, "{format:?} {mode:?}");
            // Bedrock's replies do not say which model answers.
            let model = (format != Format::Converse).then_some("sim-1");
            assert_eq!(reply.start.model.as_deref(), model);
        }
        assert!(
            sim.log()
                .iter()
                .all(|call| call.end == CallEnd::Complete && call.tokens == 60)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_comes_token_by_token() {
    for format in FORMATS {
        let exchange = stream(&sim(format, "answer = { words = 12 }"), &question()).await;
        assert_eq!(exchange.tokens(), 12);
        let media_type = match format {
            Format::Gemini => "text/event-stream",
            Format::Converse => "application/vnd.amazon.eventstream",
            _ => "text/event-stream; charset=utf-8",
        };
        assert_eq!(exchange.header("content-type"), Some(media_type));
    }
}

#[tokio::test(start_paused = true)]
async fn the_text_depends_on_the_last_thing_the_user_said_alone() {
    for format in FORMATS {
        let sim = Provider::new(format);
        let long = ChatRequest::user("Something else.")
            .with_system("Be brief.")
            .with_model("other")
            .with_message(Message::assistant("Yes."))
            .with_message(Message::user(QUESTION))
            .with_max_output_tokens(10_000);
        let tool_answer = Message::user(vec![ContentPart::ToolResult(ToolResult::new("id", "42"))]);
        let call = outlast_types::ToolCall::new("id", "f", "{}");
        let with_tool = question()
            .with_tool(ToolSpec::new(
                "f",
                RawJson::from(json!({ "type": "object" })),
            ))
            .with_message(Message::assistant(vec![ContentPart::ToolCall(call)]))
            .with_message(tool_answer);
        for request in [long, with_tool] {
            assert_eq!(
                stream(&sim, &request).await.whole().text(),
                sim.reference_text(QUESTION)
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_at_the_most_tokens_the_caller_wants() {
    for format in FORMATS {
        let sim = Provider::new(format);
        let request = question().with_max_output_tokens(20);
        for mode in [Mode::Unary, Mode::Stream] {
            let reply = ask(&sim, &request, mode).await.whole();
            assert_eq!(reply.finish(), Some(&FinishReason::Length));
            assert_eq!(reply.usage.output, 20);
            assert!(sim.reference_text(QUESTION).starts_with(&reply.text()));
        }
    }
}

fn weather() -> Value {
    json!({
        "type": "object",
        "properties": {
            "city": { "type": "string", "minLength": 1 },
            "days": { "type": "integer", "minimum": 1 },
            "unit": { "enum": ["c", "f"] },
            "at": { "$ref": "#/$defs/place" },
        },
        "required": ["city", "days", "unit", "at"],
        "additionalProperties": false,
        "$defs": { "place": {
            "type": "object",
            "properties": { "lat": { "type": "number" }, "name": { "anyOf": [{ "type": "string" }, { "type": "null" }] } },
            "required": ["lat", "name"],
            "additionalProperties": false,
        } },
    })
}

#[track_caller]
fn check_weather(text: &str) {
    let value: Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        value,
        json!({ "city": "text", "days": 1, "unit": "c", "at": { "lat": 0, "name": "text" } })
    );
}

#[tokio::test(start_paused = true)]
async fn a_forced_tool_is_called_with_arguments_that_fit_its_schema() {
    for format in FORMATS {
        let sim = Provider::new(format);
        let offered = question()
            .with_tool(ToolSpec::new("weather", RawJson::from(weather())))
            .with_tool(ToolSpec::new(
                "stop",
                RawJson::from(json!({ "type": "object" })),
            ));
        for mode in [Mode::Unary, Mode::Stream] {
            let required = offered.clone().with_tool_choice(ToolChoice::Required);
            let reply = ask(&sim, &required, mode).await.whole();
            let call = reply.tool_calls().next().unwrap();
            assert_eq!(call.name, "weather");
            assert!(!call.id.is_empty());
            check_weather(&call.arguments);
            assert_eq!(reply.finish(), Some(&FinishReason::ToolCalls));

            let named = offered
                .clone()
                .with_tool_choice(ToolChoice::Tool("stop".to_owned()));
            let reply = ask(&sim, &named, mode).await.whole();
            let call = reply.tool_calls().next().unwrap();
            assert_eq!(
                (call.name.as_str(), call.arguments.as_str()),
                ("stop", "{}")
            );

            let free = ask(&sim, &offered, mode).await.whole();
            assert_eq!(free.text(), sim.reference_text(QUESTION));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_is_not_offered_cannot_be_forced() {
    for format in FORMATS {
        let request = question()
            .with_tool(ToolSpec::new(
                "f",
                RawJson::from(json!({ "type": "object" })),
            ))
            .with_tool_choice(ToolChoice::Tool("g".to_owned()));
        let exchange = unary(&Provider::new(format), &request).await;
        assert_eq!(exchange.status(), 400);
        assert_eq!(exchange.kind(), outlast_types::ErrorKind::InvalidRequest);
    }
}

fn json_schema(schema: Value) -> ResponseFormat {
    ResponseFormat::JsonSchema {
        name: "weather".to_owned(),
        schema: RawJson::from(schema),
        description: None,
        strict: Some(true),
    }
}

#[tokio::test(start_paused = true)]
async fn a_json_schema_is_followed() {
    for format in FORMATS {
        let sim = Provider::new(format);
        let request = question().with_response_format(json_schema(weather()));
        for mode in [Mode::Unary, Mode::Stream] {
            let reply = ask(&sim, &request, mode).await.whole();
            check_weather(&reply.text());
            assert_eq!(reply.finish(), Some(&FinishReason::Stop));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_schema_that_allows_nothing_gets_a_400() {
    for format in FORMATS {
        let nothing = json!({ "type": "object", "properties": { "a": false }, "required": ["a"] });
        let request = question().with_response_format(json_schema(nothing));
        assert_eq!(stream(&Provider::new(format), &request).await.status(), 400);
    }
}

#[tokio::test(start_paused = true)]
async fn json_mode_gives_an_object_with_the_reference_text() {
    let sim = Provider::new(Format::Chat);
    let request = question().with_response_format(ResponseFormat::JsonObject);
    let text = stream(&sim, &request).await.whole().text();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value, json!({ "answer": sim.reference_text(QUESTION) }));
}

#[tokio::test(start_paused = true)]
async fn several_answers_are_given_where_they_are_asked_for() {
    let sim = Provider::new(Format::Chat);
    let mut request = question();
    request.body_mut().n = Some(3);
    for mode in [Mode::Unary, Mode::Stream] {
        let reply = ask(&sim, &request, mode).await.whole();
        assert_eq!(reply.choices.len(), 3);
        assert_eq!(reply.usage.output, 180);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_its_time() {
    let script = "[answer]\nwords = 11\nfirst_token = \"500ms\"\ntokens_per_second = 20";
    for format in FORMATS {
        let sim = sim(format, script);
        for mode in [Mode::Unary, Mode::Stream] {
            let took = ask(&sim, &question(), mode).await.took;
            assert_eq!(took.as_millis(), 1000, "{mode:?}");
        }
    }
}
