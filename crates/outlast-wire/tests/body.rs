//! The generic decoder of a body, from outside, over a toy protocol: `{"text": "..."}`, `{"error": "..."}`, `done`.

use bytes::Bytes;
use outlast_types::{Error, ErrorKind, FinishReason, Mode, Phase, Sent, StreamEvent};
use outlast_wire::body::{MAX_BODY, MAX_MALFORMED};
use outlast_wire::error::{ErrorBody, malformed_json};
use outlast_wire::{ChatDecoder, Decoder, Events, FrameDecoder};
use serde::Deserialize;

#[derive(Default)]
struct Toy {
    done: bool,
}

#[derive(Deserialize)]
struct Frame {
    text: Option<String>,
    error: Option<String>,
}

impl FrameDecoder for Toy {
    fn frame(&mut self, name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        if name == Some("done") {
            self.done = true;
            out.push_back(StreamEvent::finish(FinishReason::Stop));
            return Ok(());
        }
        let frame: Frame = serde_json::from_str(data).map_err(|error| malformed_json(&error))?;
        if let Some(code) = frame.error {
            let body = ErrorBody {
                code: Some(code),
                ..ErrorBody::default()
            };
            return Err(body.into_error_in_reply(ErrorKind::StreamBroken));
        }
        out.push_back(StreamEvent::text(frame.text.unwrap_or_default()));
        Ok(())
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let text = String::from_utf8_lossy(body).into_owned();
        self.frame(None, &text, out)?;
        self.done = true;
        Ok(())
    }

    fn end(&mut self, _: &mut Events) -> Result<(), Error> {
        Err(Error::new(ErrorKind::StreamBroken).with_message("the last event is missing"))
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

/// Reads a body in pieces and returns the events, the error's kind and whether the last event was seen.
fn read(mode: Mode, pieces: &[&[u8]]) -> (Vec<StreamEvent>, Option<Error>, bool) {
    let mut decoder = ChatDecoder::new(mode, Toy::default());
    let mut events = Events::new();
    let mut result = Ok(());
    for piece in pieces {
        result = result.and_then(|()| decoder.push(Bytes::copy_from_slice(piece), &mut events));
    }
    let result = result.and_then(|()| decoder.end(&mut events));
    (events.into(), result.err(), decoder.is_done())
}

fn check(mode: Mode, body: &str, expect: &[StreamEvent], error: Option<ErrorKind>) {
    let body = body.as_bytes();
    for at in 0..=body.len() {
        let (start, end) = body.split_at(at);
        let (events, failed, _) = read(mode, &[start, end]);
        assert_eq!(events, expect, "cut at {at}");
        assert_eq!(failed.map(|error| error.kind()), error, "cut at {at}");
    }
}

fn text(text: &str) -> StreamEvent {
    StreamEvent::text(text)
}

fn stop() -> StreamEvent {
    StreamEvent::finish(FinishReason::Stop)
}

#[test]
fn a_stream_gives_its_events_and_signs_of_life() {
    let body = ": hi\n\n: hi\n\ndata: {\"text\":\"a\"}\n\n: hi\n\ndata: {\"text\":\"b\"}\n\nevent: done\ndata:\n\n";
    let expect = [
        StreamEvent::Ping,
        text("a"),
        StreamEvent::Ping,
        text("b"),
        stop(),
    ];
    check(Mode::Stream, body, &expect, None);
}

#[test]
fn a_unary_body_is_decoded_once_and_whole() {
    check(Mode::Unary, "\n   \n{\"text\":\"a\"}\n", &[text("a")], None);
    check(
        Mode::Unary,
        "{\"text\":\"a",
        &[],
        Some(ErrorKind::Malformed),
    );
    check(Mode::Unary, "", &[], Some(ErrorKind::Malformed));
    check(Mode::Unary, " \n ", &[], Some(ErrorKind::Malformed));
}

#[test]
fn a_body_of_json_in_place_of_a_stream_is_what_it_is() {
    check(
        Mode::Stream,
        "\n \n{\"text\":\"a\"}",
        &[StreamEvent::Ping, text("a")],
        None,
    );
    check(
        Mode::Stream,
        "{\"error\":\"overloaded_error\"}",
        &[],
        Some(ErrorKind::Overloaded),
    );
}

#[test]
fn a_page_of_html_is_malformed_and_gives_its_title() {
    for mode in [Mode::Unary, Mode::Stream] {
        let page =
            b"\n<!DOCTYPE html><html><head><title>Wi-Fi login</title></head>data: x\n\n</html>";
        let (events, error, done) = read(mode, &[page]);
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Malformed);
        assert_eq!(error.message(), Some("Wi-Fi login"));
        assert!(!done && events.iter().all(|event| *event == StreamEvent::Ping));
    }
}

#[test]
fn a_body_of_plain_text_in_place_of_a_stream_is_malformed() {
    check(
        Mode::Stream,
        "upstream error\n",
        &[],
        Some(ErrorKind::Malformed),
    );
    check(
        Mode::Stream,
        "upstream error",
        &[],
        Some(ErrorKind::Malformed),
    );
}

#[test]
fn a_frame_that_cannot_be_read_is_skipped_and_counted() {
    let body = "data: {\"text\":\"a\"}\n\ndata: {{{\n\ndata: [1]\n\ndata: {\"text\":\"b\"}\n\nevent: done\ndata:\n\n";
    check(Mode::Stream, body, &[text("a"), text("b"), stop()], None);

    let mut decoder = ChatDecoder::new(Mode::Stream, Toy::default());
    decoder.push(Bytes::from(body), &mut Events::new()).unwrap();
    assert_eq!(decoder.malformed_frames(), 2);
}

#[test]
fn too_many_frames_that_cannot_be_read_are_malformed() {
    let bad = "data: {{{\n\n".repeat(MAX_MALFORMED as usize);
    let good = "data: {\"text\":\"a\"}\n\n";
    let end = "event: done\ndata:\n\n";
    check(
        Mode::Stream,
        &format!("{good}{bad}{end}"),
        &[text("a"), stop()],
        None,
    );
    let kind = Some(ErrorKind::Malformed);
    check(
        Mode::Stream,
        &format!("{good}{bad}data: x\n\n{end}"),
        &[text("a")],
        kind,
    );
}

#[test]
fn a_stream_without_one_good_frame_is_malformed_and_a_silent_one_broken() {
    check(
        Mode::Stream,
        "data: {{{\n\n",
        &[],
        Some(ErrorKind::Malformed),
    );
    check(Mode::Stream, "", &[], Some(ErrorKind::StreamBroken));
    check(
        Mode::Stream,
        ": hi\n\n",
        &[StreamEvent::Ping],
        Some(ErrorKind::StreamBroken),
    );
}

#[test]
fn a_stream_that_ends_early_is_broken_and_what_came_is_kept() {
    let body = "data: {\"text\":\"a\"}\n\ndata: {\"text\":\"b\"}";
    check(
        Mode::Stream,
        body,
        &[text("a"), text("b")],
        Some(ErrorKind::StreamBroken),
    );
    let cut = "data: {\"text\":\"a\"}\n\ndata: {\"text\":\"b";
    check(
        Mode::Stream,
        cut,
        &[text("a")],
        Some(ErrorKind::StreamBroken),
    );
}

#[test]
fn a_last_event_without_its_blank_line_counts() {
    let body = "data: {\"text\":\"a\"}\n\nevent: done\ndata:";
    check(Mode::Stream, body, &[text("a"), stop()], None);
}

#[test]
fn what_follows_the_last_event_is_left_unread() {
    let body = "data: {\"text\":\"a\"}\n\nevent: done\ndata:\n\ndata: {\"error\":\"overloaded\"}\n\nnoise\n\n";
    check(Mode::Stream, body, &[text("a"), stop()], None);
}

#[test]
fn an_error_event_ends_the_reply_by_its_own_kind() {
    let body = "data: {\"text\":\"a\"}\n\ndata: {\"error\":\"overloaded_error\"}\n\ndata: {\"text\":\"b\"}\n\n";
    check(
        Mode::Stream,
        body,
        &[text("a")],
        Some(ErrorKind::Overloaded),
    );
    let body = "data: {\"error\":\"never seen\"}\n\n";
    check(Mode::Stream, body, &[], Some(ErrorKind::StreamBroken));
}

#[test]
fn every_error_says_that_the_request_was_sent_and_the_reply_had_begun() {
    for body in [
        "data: {\"error\":\"overloaded_error\"}\n\n",
        "data: {{{\n\n",
        "<html>",
        "data: \u{0}",
    ] {
        let (_, error, _) = read(Mode::Stream, &[body.as_bytes()]);
        let error = error.unwrap();
        assert_eq!(
            (error.phase(), error.sent()),
            (Phase::BeforeCommit, Sent::Yes),
            "{body}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_malformed() {
    let (_, error, _) = read(Mode::Stream, &[b"data: {\"text\":\"\xff\"}\n\n"]);
    assert_eq!(error.unwrap().kind(), ErrorKind::Malformed);
}

#[test]
fn a_body_without_end_is_refused_at_its_limit() {
    let mut decoder = ChatDecoder::new(Mode::Unary, Toy::default());
    let piece = Bytes::from(vec![b' '; 1024 * 1024]);
    let mut pushed = 0;
    let error = loop {
        pushed += piece.len();
        if let Err(error) = decoder.push(piece.clone(), &mut Events::new()) {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::StreamBroken);
    assert_eq!(pushed, MAX_BODY + piece.len());
}
