//! The SSE decoder, from outside: what it reads, however the bytes are cut, and what it refuses.

use bytes::Bytes;
use outlast_types::{Error, ErrorKind};
use outlast_wire::sse::{MAX_EVENT, MAX_FIELDS, MAX_LINE, SseDecoder, SseError, SseItem};
use proptest::prelude::*;

/// What a decoder lent, owned: name, data, id and retry of an event, or a sign of life.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Event(Option<String>, String, Option<String>, Option<u64>),
    KeepAlive,
    Failed(SseError),
}

impl From<Result<SseItem<'_>, SseError>> for Seen {
    fn from(item: Result<SseItem<'_>, SseError>) -> Self {
        match item {
            Ok(SseItem::Event(event)) => Self::Event(
                event.name.map(str::to_owned),
                event.data.to_owned(),
                event.id.map(str::to_owned),
                event.retry.map(|retry| retry.as_millis() as u64),
            ),
            Ok(SseItem::KeepAlive) => Self::KeepAlive,
            Err(error) => Self::Failed(error),
        }
    }
}

fn data(data: &str) -> Seen {
    Seen::Event(None, data.to_owned(), None, None)
}

fn named(name: &str, data: &str) -> Seen {
    Seen::Event(Some(name.to_owned()), data.to_owned(), None, None)
}

/// Reads chunks to the end or the first error; with `finish` also an event that lacks its blank line.
fn read<C: AsRef<[u8]>>(chunks: impl IntoIterator<Item = C>, finish: bool) -> Vec<Seen> {
    let mut decoder = SseDecoder::default();
    let mut seen = Vec::new();
    for chunk in chunks {
        decoder.push(Bytes::copy_from_slice(chunk.as_ref()));
        while let Some(item) = decoder.next_item() {
            let failed = item.is_err();
            seen.push(Seen::from(item));
            if failed {
                return seen;
            }
        }
    }
    if finish {
        seen.extend(decoder.finish().map(Seen::from));
    }
    seen
}

fn check(text: &str, expect: &[Seen]) {
    assert_eq!(read([text], false), expect, "{text:?}");
    check_every_split(text.as_bytes(), expect);
}

/// Cuts once and twice at every place, and everywhere at once.
fn check_every_split(bytes: &[u8], expect: &[Seen]) {
    for at in 0..=bytes.len() {
        let (a, rest) = bytes.split_at(at);
        assert_eq!(read([a, rest], false), expect, "cut at {at}");
        for second in 0..=rest.len() {
            let (b, c) = rest.split_at(second);
            assert_eq!(
                read([a, b, c], false),
                expect,
                "cut at {at} and {}",
                at + second
            );
        }
    }
    assert_eq!(read(bytes.chunks(1), false), expect, "cut everywhere");
}

#[test]
fn lines_end_in_lf_cr_or_crlf_and_in_any_mixture() {
    let expect = [data("a"), named("e", "b\nc"), data("d")];
    check(
        "data: a\n\nevent: e\ndata: b\ndata: c\n\ndata: d\n\n",
        &expect,
    );
    check(
        "data: a\r\revent: e\rdata: b\rdata: c\r\rdata: d\r\rx",
        &expect,
    );
    check(
        "data: a\r\n\r\nevent: e\r\ndata: b\r\ndata: c\r\n\r\ndata: d\r\n\r\n",
        &expect,
    );
    check(
        "data: a\r\n\nevent: e\rdata: b\ndata: c\r\r\ndata: d\n\r\n",
        &expect,
    );
}

#[test]
fn one_space_after_the_colon_is_dropped_and_no_more() {
    check("data:a\n\n", &[data("a")]);
    check("data: a\n\n", &[data("a")]);
    check("data:  a \n\n", &[data(" a ")]);
    check("data: a: b\n\n", &[data("a: b")]);
    check("data:\n\n", &[data("")]);
    check("data\n\n", &[data("")]);
    check("data\ndata\n\n", &[data("\n")]);
}

#[test]
fn a_byte_order_mark_is_dropped_at_the_very_beginning_only() {
    check(
        "\u{feff}data: a\n\ndata: \u{feff}b\n\n",
        &[data("a"), data("\u{feff}b")],
    );
    check("\u{feff}: hi\ndata: a\n\n", &[Seen::KeepAlive, data("a")]);
    check(
        "data: a\n\n\u{feff}data: b\n\n",
        &[data("a"), Seen::KeepAlive],
    );
}

#[test]
fn characters_of_several_bytes_survive_every_cut() {
    check(
        "event: é\ndata: naïve 日本 👩‍💻\n\n",
        &[named("é", "naïve 日本 👩‍💻")],
    );
}

#[test]
fn comments_and_blank_lines_that_end_nothing_are_signs_of_life() {
    check(
        ": OPENROUTER PROCESSING\n\ndata: a\n\n",
        &[Seen::KeepAlive, data("a")],
    );
    check(":\n:\n\n", &[Seen::KeepAlive, Seen::KeepAlive]);
    check(
        "\n\ndata: a\n\n",
        &[Seen::KeepAlive, Seen::KeepAlive, data("a")],
    );
    check(
        "data: a\n: between\ndata: b\n\n",
        &[Seen::KeepAlive, data("a\nb")],
    );
    check(
        "event: keepalive\n\ndata: a\n\n",
        &[Seen::KeepAlive, data("a")],
    );
}

#[test]
fn the_fields_of_an_event_are_its_own() {
    let all = Seen::Event(Some("e".into()), "a".into(), Some("7".into()), Some(1500));
    check(
        "id: 7\nevent: e\nretry: 1500\ndata: a\n\ndata: b\n\n",
        &[all, data("b")],
    );
    check("data: a\nevent: e\n\n", &[named("e", "a")]);
    check("event: x\nevent: e\ndata: a\n\n", &[named("e", "a")]);
    check("id: a\0b\nretry: 1.5\ndata: a\n\n", &[data("a")]);
}

#[test]
fn unknown_fields_are_skipped_and_remembered() {
    let mut decoder = SseDecoder::default();
    decoder.push(Bytes::from_static(b"data: a\n\n"));
    assert!(decoder.next_item().is_some());
    assert!(!decoder.has_foreign_lines());
    decoder.push(Bytes::from_static(b"<html>\ndatax: b\ndata: a\n\n"));
    assert_eq!(decoder.next_item().map(Seen::from), Some(data("a")));
    assert!(decoder.has_foreign_lines());
}

#[test]
fn an_event_without_its_blank_line_is_none_until_it_is_asked_for() {
    for text in [
        "data: a\n\ndata: b",
        "data: a\n\ndata: b\n",
        "data: a\r\n\r\ndata: b\r\n",
    ] {
        for at in 0..=text.len() {
            let (start, end) = text.split_at(at);
            assert_eq!(read([start, end], false), [data("a")]);
            assert_eq!(read([start, end], true), [data("a"), data("b")]);
        }
    }
    assert_eq!(read(["data: a\n\nevent: e\n"], true), [data("a")]);
    assert_eq!(read(["data: a\n\n"], true), [data("a")]);
    assert_eq!(read(["\u{feff}data: a"], true), [data("a")]);
    assert_eq!(read(["data: a\n: comment"], true), [data("a")]);
    assert_eq!(read(["data: a\n\n: comment"], true), [data("a")]);
}

#[test]
fn the_rest_is_known_to_be_there() {
    let rest_after = |text: &'static str| {
        let mut decoder = SseDecoder::default();
        decoder.push(Bytes::from_static(text.as_bytes()));
        while decoder.next_item().is_some() {}
        decoder.has_rest()
    };
    assert!(!rest_after(""));
    assert!(!rest_after("data: a\n\n"));
    assert!(!rest_after("data: a\r\n\r\n: hi\r\n"));
    assert!(rest_after("data: a\n\nd"));
    assert!(rest_after("data: a\n"));
}

#[test]
fn chunks_may_be_pushed_ahead_of_reading() {
    let mut decoder = SseDecoder::default();
    for piece in ["da", "ta: a\n\ndata: b\n", "\ndata: c\n\n"] {
        decoder.push(Bytes::from_static(piece.as_bytes()));
    }
    let mut seen = Vec::new();
    while let Some(item) = decoder.next_item() {
        seen.push(Seen::from(item));
    }
    assert_eq!(seen, [data("a"), data("b"), data("c")]);
}

#[test]
fn a_line_without_an_end_is_refused_at_its_limit() {
    let piece = vec![b'x'; 64 * 1024];
    let pieces = 100 * 1024 * 1024 / piece.len();
    let mut decoder = SseDecoder::default();
    let mut pushed = 0;
    let error = (0..pieces).find_map(|_| {
        decoder.push(Bytes::copy_from_slice(&piece));
        pushed += piece.len();
        decoder.next_item()?.err()
    });
    assert_eq!(error, Some(SseError::LineTooLong));
    assert!(pushed <= MAX_LINE + piece.len(), "{pushed}");
    assert_eq!(
        decoder.next_item(),
        Some(Err(SseError::LineTooLong)),
        "it stays so"
    );
}

#[test]
fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
    let line = |len: usize| format!("data:{}\n\n", "x".repeat(len - "data:".len()));
    for chunk_len in [MAX_LINE * 2, 4096] {
        let chunks = |text: &str| -> Vec<Vec<u8>> {
            text.as_bytes()
                .chunks(chunk_len)
                .map(<[u8]>::to_vec)
                .collect()
        };
        assert!(matches!(
            read(chunks(&line(MAX_LINE)), false)[..],
            [Seen::Event(..)]
        ));
        assert_eq!(
            read(chunks(&line(MAX_LINE + 1)), false),
            [Seen::Failed(SseError::LineTooLong)]
        );
    }
}

#[test]
fn an_event_of_many_long_lines_is_refused_at_its_limit() {
    let line = format!("data: {}\n", "x".repeat(512 * 1024));
    let lines = std::iter::repeat_n(line.as_bytes(), MAX_EVENT / line.len() + 1);
    assert_eq!(read(lines, false), [Seen::Failed(SseError::EventTooLong)]);
    // The limit is one event's, not the stream's.
    let event = format!("{line}\n");
    let seen = read(std::iter::repeat_n(event.as_bytes(), 40), false);
    assert!(seen.iter().all(|item| matches!(item, Seen::Event(..))));
}

#[test]
fn an_event_of_countless_empty_lines_is_refused() {
    let lines = "data:\n".repeat(1_000_000);
    assert_eq!(
        read([&lines], false),
        [Seen::Failed(SseError::TooManyFields)]
    );
    assert_eq!(
        read(["x\n".repeat(MAX_FIELDS + 1)], false),
        [Seen::Failed(SseError::TooManyFields)]
    );
    // Comments hold nothing, so they are no fields.
    let comments = ":\n".repeat(MAX_FIELDS + 1) + "data: a\n\n";
    assert_eq!(read([&comments], false).last(), Some(&data("a")));
}

#[test]
fn what_is_not_utf_8_is_refused_and_never_guessed_at() {
    assert_eq!(
        read([b"data: a\n\ndata: \xff\n\ndata: b\n\n"], false),
        [data("a"), Seen::Failed(SseError::NotUtf8)]
    );
    assert_eq!(
        read([b"event: \xc3\ndata: a\n\n"], false),
        [Seen::Failed(SseError::NotUtf8)]
    );
    // Where nobody looks it does not matter.
    assert_eq!(
        read([b": \xff\ndata: a\n\n"], false),
        [Seen::KeepAlive, data("a")]
    );
}

#[test]
fn a_passed_limit_breaks_the_stream_and_bytes_that_are_no_text_malform_it() {
    let kind = |error: SseError| Error::from(error).kind();
    assert_eq!(kind(SseError::LineTooLong), ErrorKind::StreamBroken);
    assert_eq!(kind(SseError::EventTooLong), ErrorKind::StreamBroken);
    assert_eq!(kind(SseError::TooManyFields), ErrorKind::StreamBroken);
    assert_eq!(kind(SseError::NotUtf8), ErrorKind::Malformed);
}

/// Texts made of what matters to the decoder.
fn stream_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just("data: ".as_bytes().to_vec()),
        2 => Just("data:".as_bytes().to_vec()),
        2 => Just("event: e".as_bytes().to_vec()),
        1 => Just("id: 1".as_bytes().to_vec()),
        1 => Just("retry: 12".as_bytes().to_vec()),
        1 => Just(": c".as_bytes().to_vec()),
        1 => Just("\u{feff}".as_bytes().to_vec()),
        3 => "[a-z:é日 ]{0,8}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..4),
        4 => Just(b"\n".to_vec()),
        3 => Just(b"\n\n".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        2 => Just(b"\r".to_vec()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// What the specification says, word for word and one line at a time; the decoder must agree on the events.
fn by_the_book(text: &[u8]) -> Vec<Seen> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    let mut bytes = text.iter().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' => {
                bytes.next_if(|next| **next == b'\n');
                lines.push(std::mem::take(&mut line));
            }
            b'\n' => lines.push(std::mem::take(&mut line)),
            byte => line.push(*byte),
        }
    }

    let (mut events, mut name, mut data) = (Vec::new(), Vec::new(), Vec::new());
    for line in lines {
        let mut halves = line.splitn(2, |byte| *byte == b':');
        let (field, value) = (
            halves.next().unwrap_or_default(),
            halves.next().unwrap_or_default(),
        );
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if line.is_empty() {
            if data.pop().is_some() {
                events.push((std::mem::take(&mut name), std::mem::take(&mut data)));
            }
            name.clear();
        } else if field == b"event" {
            name = value.to_vec();
        } else if field == b"data" {
            data.extend_from_slice(value);
            data.push(b'\n');
        }
    }
    events
        .into_iter()
        .map(
            |(name, data)| match (String::from_utf8(name), String::from_utf8(data)) {
                (Ok(name), Ok(data)) => Seen::Event(Some(name), data, None, None),
                _ => Seen::Failed(SseError::NotUtf8),
            },
        )
        .collect()
}

proptest! {
    #[test]
    fn any_text_cut_anywhere_reads_the_same_and_nothing_panics(
        text in stream_text(),
        cuts in prop::collection::vec(1_usize..12, 0..200),
    ) {
        let whole = read([&text], false);
        let mut rest = text.as_slice();
        let mut chunks = Vec::new();
        for cut in cuts {
            let (chunk, after) = rest.split_at(cut.min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks.push(rest);
        prop_assert_eq!(read(chunks, false), whole);
    }

    #[test]
    fn events_are_those_of_the_specification(text in stream_text()) {
        let normal = |seen: Vec<Seen>| -> Vec<Seen> {
            let mut events = Vec::new();
            for item in seen {
                match item {
                    Seen::Event(name, data, ..) => {
                        events.push(Seen::Event(Some(name.unwrap_or_default()), data, None, None));
                    }
                    Seen::Failed(_) => {
                        events.push(Seen::Failed(SseError::NotUtf8));
                        break;
                    }
                    Seen::KeepAlive => {}
                }
            }
            events
        };
        prop_assert_eq!(normal(read([&text], false)), normal(by_the_book(&text)));
    }
}
