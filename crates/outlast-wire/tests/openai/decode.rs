//! What providers do differently, one by one.

use outlast_types::{ContentPart, Error, ErrorKind, FinishReason, Mode, StreamEvent};

use crate::fixtures::{STREAMS, body_of, collect, decode, reply_of, stream};

fn calls_of(chunks: &[&str]) -> Vec<(String, String, String)> {
    reply_of(chunks)
        .tool_calls()
        .map(|call| (call.id.clone(), call.name.clone(), call.arguments.clone()))
        .collect()
}

fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
    (id.to_owned(), name.to_owned(), arguments.to_owned())
}

/// Wraps the pieces of tool calls into chunks.
fn pieces(pieces: &[&str]) -> Vec<String> {
    let wrap = |piece: &&str| {
        format!(r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{piece}]}}}}]}}"#)
    };
    pieces.iter().map(wrap).collect()
}

fn calls_in_pieces(list: &[&str]) -> Vec<(String, String, String)> {
    let chunks = pieces(list);
    calls_of(&chunks.iter().map(String::as_str).collect::<Vec<_>>())
}

fn fails_with(chunks: &[&str]) -> ErrorKind {
    let (_, error) = decode(Mode::Stream, &body_of(chunks));
    error.as_ref().map(Error::kind).unwrap()
}

#[test]
fn the_events_of_every_fixture_are_as_recorded() {
    for (name, body) in STREAMS {
        let (events, error) = decode(Mode::Stream, body);
        let error = error.map(|error| (error.kind(), error.message().map(str::to_owned)));
        insta::assert_debug_snapshot!(name, (events, error));
    }
}

#[test]
fn a_stream_that_ends_without_its_last_event_and_without_a_reason_is_broken() {
    let whole = stream("text");
    let (done, reason) = (
        whole.find("data: [DONE]").unwrap(),
        whole.find("\"stop\"").unwrap(),
    );
    let (_, error) = decode(Mode::Stream, &whole[..done]);
    assert!(error.is_none(), "a reason was given: {error:?}");
    let (events, error) = decode(Mode::Stream, &whole[..reason]);
    assert_eq!(error.unwrap().kind(), ErrorKind::StreamBroken);
    assert_eq!(collect(events).text(), "Grüße, \"Welt\" ✓\n🎈");
}

#[test]
fn one_finished_answer_of_two_does_not_make_a_stream_whole() {
    let body = stream("n2");
    let cut = body.find("\"!\"").unwrap();
    let (_, error) = decode(Mode::Stream, &body[..cut]);
    assert_eq!(error.unwrap().kind(), ErrorKind::StreamBroken);
}

#[test]
fn pieces_of_a_call_are_put_together_by_index() {
    let got = calls_in_pieces(&[
        r#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}"#,
        r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}"#,
        r#"{"index":0,"function":{"arguments":"{}"}}"#,
        r#"{"index":1,"function":{"arguments":"}"}}"#,
    ]);
    assert_eq!(got, [call("a", "f", "{}"), call("b", "g", "{}")]);
}

#[test]
fn later_pieces_may_have_an_empty_id_none_or_everything_again() {
    for later in [
        r#"{"index":0,"id":"","type":"function","function":{"arguments":"}"}}"#,
        r#"{"index":0,"id":null,"type":"function","function":{"name":null,"arguments":"}"}}"#,
        r#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"}"}}"#,
        r#"{"id":"a","function":{"name":"f","arguments":"}"}}"#,
        r#"{"function":{"arguments":"}"}}"#,
    ] {
        let first = r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#;
        assert_eq!(
            calls_in_pieces(&[first, later]),
            [call("a", "f", "{}")],
            "{later}"
        );
    }
}

#[test]
fn calls_without_index_are_told_apart_by_id_or_else_by_name() {
    let got = calls_in_pieces(&[
        r#"{"id":"a","function":{"name":"f","arguments":"1"}},{"id":"b","function":{"name":"f","arguments":"2"}}"#,
    ]);
    assert_eq!(got, [call("a", "f", "1"), call("b", "f", "2")]);
    let got = calls_in_pieces(&[
        r#"{"id":"","function":{"name":"f","arguments":"1"}}"#,
        r#"{"id":"","function":{"name":"g","arguments":"2"}}"#,
    ]);
    assert_eq!(got, [call("", "f", "1"), call("", "g", "2")]);
}

#[test]
fn whole_calls_that_all_say_index_0_are_different_calls() {
    let got = calls_in_pieces(&[
        r#"{"index":0,"id":"a","function":{"name":"f","arguments":"1"}}"#,
        r#"{"index":0,"id":"b","function":{"name":"g","arguments":"2"}}"#,
    ]);
    assert_eq!(got, [call("a", "f", "1"), call("b", "g", "2")]);
}

#[test]
fn a_call_whose_name_comes_late_is_announced_with_its_name() {
    let chunks = pieces(&[
        r#"{"index":0,"id":"a","function":{"arguments":"{"}}"#,
        r#"{"index":0,"function":{"name":"f","arguments":"}"}}"#,
    ]);
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    let (events, _) = decode(Mode::Stream, &body_of(&chunks));
    let named = events
        .iter()
        .filter_map(|event| match event {
            StreamEvent::ToolCall(piece) => Some((piece.name.as_deref(), piece.arguments.as_str())),
            _ => None,
        })
        .collect::<Vec<_>>();
    assert_eq!(named, [(Some("f"), "{}")]);
}

#[test]
fn arguments_may_be_missing_or_be_json_itself() {
    let got = calls_in_pieces(&[
        r#"{"index":0,"id":"a","function":{"name":"f"}}"#,
        r#"{"index":1,"id":"b","function":{"name":"g","arguments":{"z": 1, "a": 2}}}"#,
    ]);
    assert_eq!(
        got,
        [call("a", "f", ""), call("b", "g", r#"{"z": 1, "a": 2}"#)]
    );
}

#[test]
fn a_custom_call_keeps_its_type() {
    let chunks = pieces(&[
        r#"{"index":0,"id":"a","type":"custom","custom":{"name":"math","input":"4 +"}}"#,
        r#"{"index":0,"custom":{"input":" 4"}}"#,
    ]);
    let reply = reply_of(&chunks.iter().map(String::as_str).collect::<Vec<_>>());
    let call = reply.tool_calls().next().unwrap();
    assert_eq!(
        (call.name.as_str(), call.arguments.as_str()),
        ("math", "4 + 4")
    );
    assert_eq!(
        call.extra.as_ref().unwrap().fields["type"].get(),
        "\"custom\""
    );
}

#[test]
fn the_function_call_of_old_is_a_tool_call() {
    let reply = reply_of(&[
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","function_call":{"name":"f","arguments":""}}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"function_call":{"arguments":"{}"}}}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"function_call"}]}"#,
    ]);
    let call = reply.tool_calls().next().unwrap();
    assert_eq!((call.name.as_str(), call.arguments.as_str()), ("f", "{}"));
    assert_eq!(reply.finish(), Some(&FinishReason::ToolCalls));
}

#[test]
fn reasoning_is_found_in_each_of_its_fields_and_taken_once() {
    for delta in [
        r#"{"content":null,"reasoning_content":"Hm"}"#,
        r#"{"content":"","reasoning":"Hm"}"#,
        r#"{"reasoning":"Hm","reasoning_content":"Hm"}"#,
        r#"{"reasoning_details":[{"type":"reasoning.text","text":"Hm"}]}"#,
        r#"{"reasoning":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm"}]}"#,
        r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]}"#,
        r#"{"content":[{"type":"thinking","thinking":"Hm"}]}"#,
    ] {
        let reply = reply_of(&[&format!(r#"{{"choices":[{{"index":0,"delta":{delta}}}]}}"#)]);
        let [ContentPart::Reasoning(part)] = reply.content() else {
            panic!("{delta}: {:?}", reply.content());
        };
        assert_eq!(part.text, "Hm", "{delta}");
    }
}

#[test]
fn details_and_annotations_are_gathered_to_the_end() {
    let delta = |fields: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{{fields}}}}}]}}"#);
    let reply = reply_of(&[
        &delta(r#""reasoning_details":[{"type":"reasoning.text","text":"a","index":0}]"#),
        &delta(
            r#""reasoning_details":[{"type":"reasoning.text","text":"b","index":0,"signature":null}]"#,
        ),
        &delta(
            r#""reasoning_details":[{"type":"reasoning.text","index":0,"signature":"s"},{"type":"reasoning.text","text":"c","index":1}]"#,
        ),
        &delta(
            r#""reasoning_details":[{"type":"reasoning.encrypted","data":"x"},{"type":"reasoning.encrypted","data":"y"}]"#,
        ),
        &delta(r#""annotations":[{"type":"url_citation","n":1}]"#),
        &delta(r#""annotations":[{"type":"url_citation","n":2}]"#),
    ]);
    let fields = &reply.choices[0].message_extra.as_ref().unwrap().fields;
    let read = |name: &str| fields[name].read::<serde_json::Value>().unwrap();
    assert_eq!(
        read("reasoning_details"),
        serde_json::json!([
            {"type": "reasoning.text", "text": "ab", "index": 0, "signature": "s"},
            {"type": "reasoning.text", "text": "c", "index": 1},
            {"type": "reasoning.encrypted", "data": "x"},
            {"type": "reasoning.encrypted", "data": "y"},
        ])
    );
    assert_eq!(read("annotations")[1]["n"], 2);
}

#[test]
fn an_error_in_a_chunk_ends_the_reply_with_its_own_kind() {
    let overloaded = r#"{"id":"x","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":"server_is_overloaded","message":"busy"}}"#;
    assert_eq!(fails_with(&[overloaded]), ErrorKind::Overloaded);
    let numeric = r#"{"id":"x","choices":[],"error":{"code":429,"message":"slow"}}"#;
    assert_eq!(fails_with(&[numeric]), ErrorKind::RateLimited);
    let unknown = r#"{"id":"x","error":{"message":"Provider disconnected unexpectedly"}}"#;
    assert_eq!(fails_with(&[unknown]), ErrorKind::StreamBroken);
    let bare = r#"{"object":"error","message":"engine died","code":500}"#;
    assert_eq!(fails_with(&[bare]), ErrorKind::Server);
    let by_reason = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}"#;
    assert_eq!(fails_with(&[by_reason]), ErrorKind::StreamBroken);
    let of_choice =
        r#"{"choices":[{"index":0,"delta":{},"error":{"code":502,"message":"bad gateway"}}]}"#;
    assert_eq!(fails_with(&[of_choice]), ErrorKind::Server);
}

#[test]
fn an_empty_error_beside_an_answer_is_none() {
    for error in ["null", "{}", "\"\""] {
        let chunk =
            format!(r#"{{"error":{error},"choices":[{{"index":0,"delta":{{"content":"Hi"}}}}]}}"#);
        assert_eq!(reply_of(&[&chunk]).text(), "Hi", "{error}");
    }
}

#[test]
fn the_last_counts_of_many_are_the_counts() {
    let reply = reply_of(&[
        r#"{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":null}}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"b"}}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}"#,
        r#"{"choices":[],"usage":null}"#,
    ]);
    assert_eq!((reply.usage.input, reply.usage.output), (5, 2));
    assert_eq!(
        reply.raw_usage.unwrap().raw.get(),
        r#"{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}"#
    );
}

#[test]
fn a_chunk_that_cannot_be_read_is_skipped() {
    let reply = reply_of(&[
        r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"#,
        r#"{"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}"#,
    ]);
    assert_eq!(reply.text(), "ab");
}

#[test]
fn a_whole_body_is_read_like_a_stream_even_if_a_stream_was_asked_for() {
    let body = r#"
         {"id":"c","object":"chat.completion","created":1,"model":"m","provider":"P","choices":[{"index":0,"message":
         {"role":"assistant","content":"Hi","annotations":[{"type":"url_citation"}]},"logprobs":null,"finish_reason":"stop"}],
         "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;
    for mode in [Mode::Unary, Mode::Stream] {
        let (events, error) = decode(mode, body);
        assert!(error.is_none(), "{error:?}");
        let reply = collect(events);
        assert_eq!((reply.text().as_str(), reply.usage.output), ("Hi", 1));
        assert_eq!(reply.start.extra.unwrap().fields["provider"].get(), "\"P\"");
        assert!(
            reply.choices[0]
                .message_extra
                .as_ref()
                .unwrap()
                .fields
                .contains_key("annotations")
        );
    }
}

#[test]
fn a_body_of_status_200_that_is_no_answer_is_a_failure() {
    let check = |body: &str, expect: ErrorKind| {
        let (events, error) = decode(Mode::Unary, body);
        let kind = error.as_ref().map(Error::kind);
        assert_eq!(kind, Some(expect), "{body}: {events:?}");
    };
    check(
        r#"{"error":{"message":"Insufficient credits","code":402}}"#,
        ErrorKind::QuotaExhausted,
    );
    check(
        r#"{"error":"llama runner process has terminated"}"#,
        ErrorKind::Server,
    );
    check(r#"{"detail":"Not authenticated"}"#, ErrorKind::Server);
    check(
        r#"[{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}]"#,
        ErrorKind::Overloaded,
    );
    check(
        r#"{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"error","error":{"code":502,"message":"x"}}]}"#,
        ErrorKind::Server,
    );
    check(
        r#"{"id":"x","object":"chat.completion"}"#,
        ErrorKind::Malformed,
    );
    check(
        r#"{"choices":[{"index":0,"message":5}]}"#,
        ErrorKind::Malformed,
    );
    check(
        "<html><title>Bad gateway</title></html>",
        ErrorKind::Malformed,
    );
    check("", ErrorKind::Malformed);
    check(r#"{"choices":[{"#, ErrorKind::Malformed);
}

#[test]
fn an_empty_list_of_choices_is_an_empty_reply() {
    for body in [r#"{"id":"x","choices":[]}"#, r#"{"id":"x","choices":null}"#] {
        let (events, error) = decode(Mode::Unary, body);
        assert!(error.is_none());
        assert!(collect(events).is_empty());
    }
}
