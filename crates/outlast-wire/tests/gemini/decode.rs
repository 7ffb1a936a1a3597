//! Replies, as events and put together.

use outlast_types::{
    ChatResponse, ContentPart, ErrorKind, FinishReason, Mode, StreamEvent, ToolCall,
};

use crate::recorded::kept;
use crate::support::{body_of, collect, decode, reply};

fn stream(chunks: &[&str]) -> ChatResponse {
    reply(Mode::Stream, &body_of(chunks))
}

fn failure(chunks: &[&str]) -> ErrorKind {
    let (_, error) = decode(Mode::Stream, &body_of(chunks));
    error.unwrap().kind()
}

/// Returns the value of an extra field of the first answer.
fn choice_field(reply: &ChatResponse, name: &str) -> serde_json::Value {
    let extra = reply.choices[0].extra.as_ref().unwrap();
    extra.fields[name].read().unwrap()
}

const DONE: &str = r#"{"candidates":[{"content":{"role":"model"},"finishReason":"STOP"}]}"#;

#[test]
fn recorded_replies_become_these_events() {
    for (name, id) in [
        ("thoughts_and_a_call", "07b7fd3e4989b282"),
        ("code_that_ran", "2efb28ca20f3854e"),
        ("calls_at_once", "064c77c38d9f83f6"),
        ("signature_at_the_end", "244fb0661ae5320e"),
        ("blocked_prompt", "76e65b7d46c3f685"),
        ("arguments_in_pieces", "444199567585e042"),
        ("citations", "aa2b7335722e4990"),
        ("picture", "c5107fbe6f01b8d4"),
    ] {
        let kept = kept();
        let exchange = kept.iter().find(|exchange| exchange.id == id).unwrap();
        let (events, error) = decode(exchange.mode(), &exchange.body);
        assert!(error.is_none(), "{name}");
        insta::assert_debug_snapshot!(name, events);
    }
}

#[test]
fn the_last_reason_for_ending_counts_and_is_told_at_the_end_of_the_body() {
    let (events, error) = decode(
        Mode::Stream,
        &body_of(&[
            r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}]}"#,
            r#"{"candidates":[{"finishReason":"RECITATION"}]}"#,
        ]),
    );
    assert!(error.is_none());
    let is_finish = |event: &StreamEvent| matches!(event, StreamEvent::Finish(_));
    assert_eq!(events.iter().filter(|event| is_finish(event)).count(), 1);
    let reply = collect(events);
    assert_eq!(
        (reply.text().as_str(), reply.finish()),
        ("ab", Some(&FinishReason::ContentFilter))
    );
    assert_eq!(choice_field(&reply, "finishReason"), "RECITATION");
}

#[test]
fn a_stream_without_a_reason_for_ending_is_broken() {
    assert_eq!(
        failure(&[r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#]),
        ErrorKind::StreamBroken
    );
    // Of two answers one is not over.
    let two = r#"{"candidates":[{"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"b"}]}}]}"#;
    assert_eq!(failure(&[two]), ErrorKind::StreamBroken);
    assert_eq!(failure(&[]), ErrorKind::StreamBroken);
}

#[test]
fn what_a_broken_stream_has_cost_so_far_is_known() {
    let chunk = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":1}}"#;
    let (events, error) = decode(Mode::Stream, &body_of(&[chunk, chunk]));
    assert!(error.is_some());
    assert_eq!(collect(events).usage.total_input(), 7);
}

#[test]
fn an_error_among_the_events_ends_the_reply_without_an_ending() {
    let said = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}"#;
    let error = r#"{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}"#;
    for body in [
        body_of(&[said, error]),
        format!("{}{error}\n", body_of(&[said])),
        format!(
            "{}{{\r\n \"error\": {{\r\n  \"code\": 503,\r\n  \"status\": \"UNAVAILABLE\"\r\n }}\r\n}}",
            body_of(&[said])
        ),
        format!("[{said}\n,\r\n{error}]"),
    ] {
        let (events, found) = decode(Mode::Stream, &body);
        assert_eq!(
            found.map(|error| error.kind()),
            Some(ErrorKind::Overloaded),
            "{body}"
        );
        assert!(
            !events
                .iter()
                .any(|event| matches!(event, StreamEvent::Finish(_)))
        );
    }
}

#[test]
fn an_error_in_the_place_of_a_reply_is_an_error() {
    let error = r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}"#;
    for mode in [Mode::Unary, Mode::Stream] {
        for body in [error.to_owned(), format!("[{error}]")] {
            let (_, found) = decode(mode, &body);
            assert_eq!(found.unwrap().kind(), ErrorKind::RateLimited);
        }
    }
}

#[test]
fn a_body_that_is_no_reply_is_malformed() {
    for body in [
        "{}",
        "5",
        "{\"a\":1}",
        "[5]",
        "null",
        "{\"candidates\":[5]}",
        "{\"error\":null}",
    ] {
        let (_, error) = decode(Mode::Unary, body);
        assert_eq!(error.unwrap().kind(), ErrorKind::Malformed, "{body}");
    }
}

#[test]
fn an_empty_reply_is_judged_empty() {
    for body in [
        r#"{"candidates":[],"usageMetadata":{"promptTokenCount":5}}"#,
        r#"{"usageMetadata":{"promptTokenCount":5}}"#,
        r#"{"candidates":[{"content":{"role":"model"},"finishReason":"STOP"}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}],"promptFeedback":{}}"#,
    ] {
        assert!(reply(Mode::Unary, body).is_empty(), "{body}");
    }
    let blocked = reply(Mode::Unary, r#"{"promptFeedback":{"blockReason":"OTHER"}}"#);
    assert!(!blocked.is_empty());
    assert_eq!(blocked.finish(), Some(&FinishReason::ContentFilter));
}

#[test]
fn a_signature_stays_with_the_part_it_came_with() {
    let reply = stream(&[
        r#"{"candidates":[{"content":{"parts":[{"text":"thinking","thought":true}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"Hel"}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"lo"}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"s1"},{"functionCall":{"name":"g"}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"s2"}]},"finishReason":"STOP"}]}"#,
    ]);
    let parts: Vec<String> = reply
        .content()
        .iter()
        .cloned()
        .map(|mut part| {
            let extra = part.extra_mut().and_then(Option::take);
            let signature = extra.map(|extra| extra.fields["thoughtSignature"].get().to_owned());
            let said = match &part {
                ContentPart::Text(part) => format!("text {:?}", part.text),
                ContentPart::Reasoning(part) => format!("thought {:?}", part.text),
                ContentPart::ToolCall(ToolCall {
                    name, arguments, ..
                }) => format!("call {name} {arguments}"),
                other => format!("{other:?}"),
            };
            format!("{said} {}", signature.unwrap_or_default())
        })
        .collect();
    assert_eq!(
        parts,
        [
            r#"thought "thinking" "#,
            r#"text "Hello" "#,
            r#"call f {"a":1} "s1""#,
            "call g  ",
            r#"text "" "s2""#,
        ]
    );
    assert_eq!(reply.finish(), Some(&FinishReason::ToolCalls));
}

#[test]
fn what_stands_beside_an_answer_is_told_with_its_ending() {
    let reply = stream(&[
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"groundingMetadata":{},"citationMetadata":{"citations":[1]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"b"}]},"groundingMetadata":{"webSearchQueries":["q"]},"citationMetadata":{"citations":[2]}}]}"#,
        r#"{"candidates":[{"finishReason":"STOP","groundingMetadata":{},"avgLogprobs":-0.5,"new":1}]}"#,
    ]);
    assert_eq!(
        choice_field(&reply, "groundingMetadata"),
        serde_json::json!({"webSearchQueries": ["q"]})
    );
    assert_eq!(
        choice_field(&reply, "citationMetadata"),
        serde_json::json!({"citations": [1, 2]})
    );
    assert_eq!(choice_field(&reply, "avgLogprobs"), -0.5);
    assert_eq!(choice_field(&reply, "new"), 1);
}

#[test]
fn several_answers_are_kept_apart() {
    let reply = stream(&[
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"index":0},{"content":{"parts":[{"text":"b"}]},"index":1}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"c"}]},"index":1,"finishReason":"MAX_TOKENS"}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"d"}]},"finishReason":"STOP"}]}"#,
    ]);
    let answers: Vec<(String, Option<FinishReason>)> = reply
        .choices
        .iter()
        .map(|choice| {
            let texts = choice.content.iter().filter_map(ContentPart::as_text);
            (texts.collect(), choice.finish.clone())
        })
        .collect();
    assert_eq!(
        answers,
        [
            ("ad".to_owned(), Some(FinishReason::Stop)),
            ("bc".to_owned(), Some(FinishReason::Length)),
        ]
    );
}

#[test]
fn a_reply_introduces_itself_with_its_first_chunk() {
    let reply = stream(&[
        r#"{"candidates":[],"modelVersion":"m-1","responseId":"r","createTime":"2025-11-24T10:11:12.5Z","new":{"a":1}}"#,
        DONE,
    ]);
    let start = &reply.start;
    assert_eq!(
        (start.id.as_deref(), start.model.as_deref()),
        (Some("r"), Some("m-1"))
    );
    assert_eq!(start.created, Some(1_763_979_072));
    assert_eq!(
        start.extra.as_ref().unwrap().fields["new"].get(),
        r#"{"a":1}"#
    );
}

#[test]
fn a_frame_that_cannot_be_read_is_left_out() {
    let reply = stream(&[
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#,
        r#"{"candidates":[{"content":"#,
        DONE,
    ]);
    assert_eq!(reply.text(), "a");
}

#[test]
fn a_chunk_of_a_kind_that_is_not_known_is_handed_on_as_it_came() {
    let unknown = r#"{"newThing":{"a":[1]}}"#;
    let text = r#"{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}"#;
    let (events, error) = decode(Mode::Stream, &body_of(&[text, unknown, DONE]));
    assert!(error.is_none());
    let raw = events.iter().find_map(|event| match event {
        StreamEvent::Opaque(opaque) => Some(opaque.raw.get()),
        _ => None,
    });
    assert_eq!(raw, Some(unknown));
    assert_eq!(collect(events).text(), "Hi");
}
