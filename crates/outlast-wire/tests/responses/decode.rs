//! Replies in every form that was seen.

use outlast_types::{ContentPart, ErrorKind, FinishReason, Mode, StreamEvent};
use serde_json::{Value, json};

use crate::support::{collect, decode, frames, reply, stream_of, write_stream};

/// A response that is over, with this output.
fn response(output: Value) -> Value {
    json!({
        "id": "resp_1", "object": "response", "created_at": 1763489571, "status": "completed", "error": null,
        "incomplete_details": null, "model": "gpt-5-mini", "output": output, "service_tier": "default",
        "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 14}
    })
}

fn message(text: &str) -> Value {
    json!({"id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": text}]})
}

fn created() -> Value {
    let mut response = response(json!([]));
    response["status"] = "in_progress".into();
    response["usage"] = Value::Null;
    json!({"type": "response.created", "sequence_number": 0, "response": response})
}

fn completed(output: Value) -> Value {
    json!({"type": "response.completed", "response": response(output)})
}

fn added(place: u32, item: Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": place, "item": item})
}

fn done(place: u32, item: Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": place, "item": item})
}

fn text_delta(place: u32, text: &str) -> Value {
    json!({"type": "response.output_text.delta", "output_index": place, "content_index": 0, "delta": text, "logprobs": []})
}

fn began() -> Value {
    json!({"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant", "content": []})
}

#[test]
fn a_whole_response_becomes_its_parts_counts_and_reason() {
    let body = response(json!([
        {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "gAAA"},
        {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}},
        {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "phase": "final_answer", "content": [
            {"type": "output_text", "text": "Sunny.", "logprobs": [], "annotations": [{"type": "url_citation", "url": "https://x.y"}]},
            {"type": "refusal", "refusal": "No more."},
        ]},
        {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1", "name": "f", "arguments": "{}"},
    ]));
    insta::assert_debug_snapshot!(reply(Mode::Unary, &body.to_string()));
}

#[test]
fn a_stream_becomes_the_same_reply_as_the_whole_response() {
    let thought = json!({"id": "rs_1", "type": "reasoning", "summary": [
        {"type": "summary_text", "text": "Hm."}, {"type": "summary_text", "text": "So."}], "encrypted_content": "gAAA"});
    let call = json!({"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1", "name": "f", "arguments": "{\"a\":1}"});
    let output = json!([thought, message("Hello"), call]);
    let summary = |place: u32, text: &str| json!({"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": place, "delta": text});
    let arguments = |text: &str| json!({"type": "response.function_call_arguments.delta", "output_index": 2, "delta": text});
    let stream = stream_of(&[
        created(),
        json!({"type": "response.queued", "response": {}}),
        added(0, json!({"id": "rs_1", "type": "reasoning", "summary": []})),
        summary(0, "H"),
        summary(0, "m."),
        summary(1, "So."),
        done(0, thought),
        added(1, began()),
        text_delta(1, "Hel"),
        json!({"type": "keepalive"}),
        text_delta(1, "lo"),
        json!({"type": "response.output_text.done", "output_index": 1, "content_index": 0, "text": "Hello"}),
        json!({"type": "response.content_part.done", "output_index": 1, "content_index": 0, "part": message("Hello")["content"][0]}),
        done(1, message("Hello")),
        added(
            2,
            json!({"id": "fc_1", "type": "function_call", "status": "in_progress", "call_id": "call_1", "name": "f", "arguments": ""}),
        ),
        arguments("{\"a\""),
        arguments(":1}"),
        done(2, call),
        completed(output.clone()),
    ]);
    let streamed = reply(Mode::Stream, &stream);
    let whole = reply(Mode::Unary, &response(output).to_string());
    assert_eq!(streamed.choices, whole.choices);
    assert_eq!(streamed.usage, whole.usage);
    assert_eq!(streamed.finish(), Some(&FinishReason::ToolCalls));
    assert_eq!(streamed.start, whole.start);
}

#[test]
fn names_and_numbers_of_events_are_not_needed_nor_their_order() {
    let data = [
        created(),
        added(0, began()),
        text_delta(0, "Hi"),
        completed(json!([message("Hi")])),
    ];
    let nameless: String = data
        .iter()
        .map(|data| format!("data: {data}\n\n"))
        .collect();
    let last: String = data
        .iter()
        .map(|data| {
            format!(
                "data: {data}\nevent: {}\n\n",
                data["type"].as_str().unwrap()
            )
        })
        .collect();
    for stream in [nameless + "data: [DONE]\n\n", last] {
        assert_eq!(reply(Mode::Stream, &stream).text(), "Hi");
    }
}

#[test]
fn what_was_not_streamed_is_found_where_it_is_told_whole() {
    let call = json!({"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{\"a\":1}"});
    let begun = json!({"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": ""});
    let whole_text = json!({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "Hi"});
    for stream in [
        vec![
            created(),
            done(0, message("Hi")),
            done(1, call.clone()),
            completed(json!([])),
        ],
        vec![created(), completed(json!([message("Hi"), call]))],
        vec![
            created(),
            added(0, began()),
            whole_text,
            added(1, begun.clone()),
            json!({"type": "response.function_call_arguments.done", "output_index": 1, "arguments": "{\"a\":1}"}),
            completed(json!([])),
        ],
        vec![
            created(),
            added(0, began()),
            added(1, begun),
            completed(json!([message("Hi"), call])),
        ],
    ] {
        let reply = reply(Mode::Stream, &stream_of(&stream));
        let calls: Vec<&str> = reply
            .tool_calls()
            .map(|call| call.arguments.as_str())
            .collect();
        assert_eq!(
            (reply.text().as_str(), calls),
            ("Hi", vec!["{\"a\":1}"]),
            "{stream:?}"
        );
    }
}

#[test]
fn annotations_and_log_probabilities_in_pieces_stay_with_their_text() {
    let logprob = json!({"token": "Hi", "logprob": -0.1, "bytes": [72, 105], "top_logprobs": []});
    let citation = json!({"type": "url_citation", "url": "https://x.y"});
    let stream = stream_of(&[
        created(),
        added(0, began()),
        json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hi", "logprobs": [logprob]}),
        json!({"type": "response.output_text.annotation.added", "output_index": 0, "content_index": 0, "annotation": citation}),
        completed(json!([])),
    ]);
    let reply = reply(Mode::Stream, &stream);
    let [ContentPart::Text(text)] = reply.content() else {
        panic!("{:?}", reply.content());
    };
    let fields = &text.extra.as_ref().unwrap().fields;
    assert_eq!(
        fields["logprobs"].read::<Value>().unwrap(),
        json!([logprob])
    );
    assert_eq!(
        fields["annotations"].read::<Value>().unwrap(),
        json!([citation])
    );
}

#[test]
fn an_answer_that_was_cut_off_says_so() {
    for (reason, finish) in [
        ("max_output_tokens", FinishReason::Length),
        ("content_filter", FinishReason::ContentFilter),
        ("bored", FinishReason::Other("bored".to_owned())),
    ] {
        let mut cut = response(json!([message("He")]));
        cut["status"] = "incomplete".into();
        cut["incomplete_details"] = json!({"reason": reason});
        assert_eq!(reply(Mode::Unary, &cut.to_string()).finish(), Some(&finish));
        let stream = stream_of(&[
            created(),
            json!({"type": "response.incomplete", "response": cut}),
        ]);
        assert_eq!(reply(Mode::Stream, &stream).finish(), Some(&finish));
    }
}

#[test]
fn a_response_in_the_background_is_no_answer_and_no_failure() {
    for status in ["queued", "in_progress", "cancelled"] {
        let mut waiting = response(json!([]));
        waiting["status"] = status.into();
        waiting["usage"] = Value::Null;
        let reply = reply(Mode::Unary, &waiting.to_string());
        assert_eq!(reply.finish().unwrap().as_str(), status);
        assert!(!reply.is_empty());
    }
}

#[test]
fn a_stream_without_its_last_event_is_broken() {
    let stream = stream_of(&[
        created(),
        added(0, began()),
        text_delta(0, "Hi"),
        done(0, message("Hi")),
    ]);
    for stream in [stream.clone(), stream + "data: [DONE]\n\n"] {
        let error = decode(Mode::Stream, &stream).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StreamBroken);
    }
}

#[test]
fn an_item_of_a_new_kind_survives_and_so_do_its_events() {
    let item =
        json!({"id": "hx_1", "type": "hologram_call", "status": "completed", "beam": [1, 2]});
    let stream = stream_of(&[
        created(),
        added(
            0,
            json!({"id": "hx_1", "type": "hologram_call", "status": "in_progress"}),
        ),
        json!({"type": "response.hologram_call.beaming", "output_index": 0, "item_id": "hx_1", "text": {"odd": 1}}),
        done(0, item.clone()),
        added(1, began()),
        text_delta(1, "Hi"),
        done(1, message("Hi")),
        completed(json!([item, message("Hi")])),
    ]);
    let events = decode(Mode::Stream, &stream).unwrap();
    let opaque = events
        .iter()
        .filter(|event| matches!(event, StreamEvent::Opaque(_)));
    assert_eq!(opaque.count(), 2);
    let again = write_stream(&events);
    let kinds: Vec<Value> = frames(&again)
        .into_iter()
        .map(|frame| frame["type"].clone())
        .collect();
    assert!(
        kinds.contains(&json!("response.hologram_call.beaming")),
        "{kinds:?}"
    );
    let [ContentPart::Opaque(kept), ContentPart::Text(_)] = &collect(events).choices[0].content[..]
    else {
        panic!("not as sent");
    };
    assert_eq!(kept.raw.read::<Value>().unwrap(), item);
}

#[test]
fn calls_of_the_provider_s_own_tools_are_not_the_caller_s_to_run() {
    // xAI: a search on X is an item of the type of a custom tool's call.
    let call = json!({"id": "ctc_1", "type": "custom_tool_call", "status": "completed", "call_id": "xs_1", "name": "x_search", "input": "{}"});
    let mut whole = response(json!([call, message("Hi")]));
    whole["tools"] = json!([{"type": "x_search"}]);
    let reply = reply(Mode::Unary, &whole.to_string());
    assert_eq!(reply.finish(), Some(&FinishReason::Stop));
    assert_eq!(reply.tool_calls().count(), 0);

    whole["tools"] = json!([{"type": "custom", "name": "x_search"}]);
    let reply = crate::support::reply(Mode::Unary, &whole.to_string());
    assert_eq!(reply.finish(), Some(&FinishReason::ToolCalls));
    assert_eq!(reply.tool_calls().next().unwrap().arguments, "{}");
}

#[test]
fn events_of_items_that_were_not_announced_are_not_lost() {
    let stream = stream_of(&[created(), text_delta(3, "Hi"), completed(json!([]))]);
    assert_eq!(reply(Mode::Stream, &stream).text(), "Hi");
}
