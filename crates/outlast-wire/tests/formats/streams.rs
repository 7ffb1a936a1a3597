//! What the streams say, however they are cut.

use outlast_types::{ContentPart, ErrorKind, FinishReason, Mode, StreamEvent};
use proptest::prelude::*;

use crate::support::{Format, STREAMS, collect, decode, decode_pieces, stream, whole};

fn outcome<'a>(
    format: Format,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Option<ErrorKind>) {
    let (events, error) = decode_pieces(format, Mode::Stream, pieces);
    (events, error.map(|error| error.kind()))
}

#[test]
fn each_stream_says_what_it_says() {
    for (format, body) in STREAMS {
        let (events, error) = decode(format, Mode::Stream, body);
        assert!(error.is_none(), "{format:?}: {error:?}");
        let reply = collect(events);
        insta::assert_debug_snapshot!(
            format!("{format:?}"),
            (&reply.start, &reply.choices, reply.usage, &reply.raw_usage)
        );
    }
}

#[test]
fn every_cut_of_a_stream_gives_the_same_events() {
    for (format, body) in STREAMS {
        let body = body.as_bytes();
        let expected = outcome(format, [body]);
        for at in 0..=body.len() {
            let (head, tail) = body.split_at(at);
            assert_eq!(
                outcome(format, [head, tail]),
                expected,
                "{format:?} at {at}"
            );
        }
        assert_eq!(outcome(format, body.chunks(1)), expected, "{format:?}");
    }
}

#[test]
fn a_stream_without_its_end_is_broken() {
    for (format, body) in STREAMS {
        // The last line that says why it ended, and all that follows, is missing.
        let marks = [
            "finish_reason\":\"length",
            "COMPLETE",
            "\"done\":true",
            "interaction.completed\"",
        ];
        let at = marks.iter().find_map(|mark| body.find(mark)).unwrap();
        let cut = body[..at].rfind('\n').unwrap();
        assert_eq!(
            outcome(format, [&body.as_bytes()[..cut]]).1,
            Some(ErrorKind::StreamBroken),
            "{format:?}"
        );
        assert_eq!(
            outcome(format, []).1,
            Some(ErrorKind::StreamBroken),
            "{format:?}"
        );
    }
}

#[test]
fn a_last_line_without_its_end_is_read() {
    let body = stream(Format::Ollama).trim_end();
    assert_eq!(outcome(Format::Ollama, [body.as_bytes()]).1, None);
}

#[test]
fn one_line_that_cannot_be_read_is_skipped_and_many_are_no_stream() {
    let body = stream(Format::Ollama).replacen("\n", "\n{oops}\n\n", 1);
    let (events, error) = decode(Format::Ollama, Mode::Stream, &body);
    assert!(error.is_none());
    assert_eq!(collect(events).text(), "Zürich:");

    let odd = "{\"x\": 1}\n".repeat(20);
    assert_eq!(
        outcome(Format::Ollama, [odd.as_bytes()]).1,
        Some(ErrorKind::Malformed)
    );
    let page = "<html><title>502 Bad Gateway</title>\n</html>";
    let (_, error) = decode(Format::Ollama, Mode::Stream, page);
    assert_eq!(error.unwrap().message(), Some("502 Bad Gateway"));
}

#[test]
fn a_line_that_never_ends_is_given_up() {
    let piece = vec![b'x'; 1024 * 1024];
    let pieces = outlast_wire::sse::MAX_EVENT / piece.len() + 1;
    let (_, error) = outcome(Format::Ollama, std::iter::repeat_n(&piece[..], pieces));
    assert_eq!(error, Some(ErrorKind::StreamBroken));
}

#[test]
fn a_whole_reply_says_the_same_as_a_stream() {
    let reply = whole(
        Format::Cohere,
        r#"{"id":"c1","message":{"role":"assistant","tool_plan":"Look.","content":[{"type":"text","text":"Hi"}],
            "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}],"citations":[{"start":0}]},
            "finish_reason":"TOOL_CALL","usage":{"tokens":{"input_tokens":34,"output_tokens":5,"image_tokens":259}}}"#,
    );
    assert_eq!(reply.text(), "Hi");
    assert_eq!(reply.tool_calls().next().unwrap().name, "f");
    assert!(matches!(&reply.content()[0], ContentPart::Reasoning(plan) if plan.text == "Look."));
    assert_eq!(reply.finish(), Some(&FinishReason::ToolCalls));
    assert_eq!((reply.usage.input, reply.usage.output), (293, 5));
    let extra = reply.choices[0].message_extra.as_ref().unwrap();
    assert!(extra.fields.contains_key("citations"));

    let reply = whole(
        Format::Interactions,
        r#"{"id":"v1","status":"incomplete","steps":[{"type":"thought","signature":"s","summary":[{"type":"text","text":"t"}]},
            {"type":"google_search_call","id":"x","arguments":{}},
            {"type":"model_output","content":[{"type":"text","text":"Hi"},{"type":"image","data":"AA=="}]},
            {"type":"function_call","id":"f","name":"g","arguments":{"a":1}}]}"#,
    );
    assert_eq!((reply.text().as_str(), reply.content().len()), ("Hi", 5));
    assert_eq!(reply.finish(), Some(&FinishReason::Length));
    assert_eq!(reply.tool_calls().next().unwrap().arguments, r#"{"a":1}"#);
}

proptest! {
    #[test]
    fn random_pieces_give_the_same_events(
        which in 0..STREAMS.len(),
        cuts in prop::collection::vec(0usize..4096, 0..12),
    ) {
        let (format, body) = STREAMS[which];
        let body = body.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &body[cut[0]..cut[1]]);
        prop_assert_eq!(outcome(format, pieces), outcome(format, [body]));
    }
}
