//! The binary framing.

use bytes::{Bytes, BytesMut};
use outlast_types::{ErrorKind, Mode};
use outlast_wire::event_stream::{
    EventStreamDecoder, EventStreamError, HeaderValue, MAX_FRAME, write_frame,
};
use proptest::prelude::*;

use crate::support::{decode, decode_pieces, stream_of};

/// Reads frames, each as its headers in words and its payload.
fn read<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<(String, Vec<u8>)>, EventStreamError> {
    let mut decoder = EventStreamDecoder::default();
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.push(Bytes::copy_from_slice(piece));
        while let Some(frame) = decoder.next_frame() {
            let frame = frame?;
            let headers: Vec<_> = frame.headers().collect();
            frames.push((format!("{headers:?}"), frame.payload().to_vec()));
        }
    }
    Ok(frames)
}

fn text_stream() -> Bytes {
    stream_of(&[
        ("messageStart", r#"{"role":"assistant","p":"ab"}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"Hé"},"p":"a"}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"llo"}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
        (
            "metadata",
            r#"{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#,
        ),
    ])
}

#[test]
fn the_smallest_frame_has_the_bytes_of_amazon_s_own_example() {
    // aws-c-event-stream, tests/message_deserializer_test.c: a message without headers and payload.
    let expected = [
        0, 0, 0, 16, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff,
    ];
    let mut out = BytesMut::new();
    write_frame(&[], b"", &mut out);
    assert_eq!(&out[..], expected);
    assert_eq!(
        read([&expected[..]]).unwrap(),
        [("[]".to_owned(), Vec::new())]
    );
}

#[test]
fn every_split_in_three_gives_the_same_events() {
    let body = text_stream();
    let whole = decode(Mode::Stream, &body).unwrap();
    for first in 0..=body.len() {
        let (begin, rest) = body.split_at(first);
        for second in (0..=rest.len()).step_by(7) {
            let (middle, end) = rest.split_at(second);
            let (events, result) = decode_pieces(Mode::Stream, [begin, middle, end]);
            assert!(result.is_ok());
            assert_eq!(events, whole, "{first} {second}");
        }
    }
}

#[test]
fn every_changed_bit_of_a_frame_is_found() {
    let mut body = BytesMut::new();
    write_frame(
        &[(":event-type", HeaderValue::String("x"))],
        b"payload",
        &mut body,
    );
    for at in 0..body.len() * 8 {
        let mut changed = body.to_vec();
        changed[at / 8] ^= 1 << (at % 8);
        // A longer length is an incomplete frame only if its checksum fits, and it does not.
        assert!(read([&changed[..]]).is_err(), "bit {at}");
    }
}

#[test]
fn a_broken_frame_breaks_the_stream_and_nothing_is_read_behind_it() {
    let mut body = text_stream().to_vec();
    let len = body.len();
    body[len / 2] ^= 1;
    let (events, end) = decode_pieces(Mode::Stream, [&body[..]]);
    assert_eq!(end.unwrap_err().kind(), ErrorKind::StreamBroken);
    assert!(!events.is_empty());

    let mut decoder = EventStreamDecoder::default();
    decoder.push(Bytes::from_static(&[0xff; 20]));
    assert_eq!(
        decoder.next_frame(),
        Some(Err(EventStreamError::FrameLength))
    );
    decoder.push(text_stream());
    assert_eq!(
        decoder.next_frame(),
        Some(Err(EventStreamError::FrameLength))
    );
}

#[test]
fn lengths_beyond_their_bounds_are_refused_before_anything_is_gathered() {
    let check = |frame: u32, headers: u32, error| {
        let bytes = [frame.to_be_bytes(), headers.to_be_bytes()].concat();
        assert_eq!(read([&bytes[..]]), Err(error), "{frame} {headers}");
    };
    let max = u32::try_from(MAX_FRAME).unwrap();
    check(max + 1, 0, EventStreamError::FrameLength);
    check(15, 0, EventStreamError::FrameLength);
    check(0, 0, EventStreamError::FrameLength);
    check(max, 128 * 1024 + 1, EventStreamError::HeadersLength);
    check(20, 5, EventStreamError::HeadersLength);
}

#[test]
fn a_stream_that_ends_inside_a_frame_is_broken() {
    let body = text_stream();
    let with_stop = decode(Mode::Stream, &body[..body.len() - metadata_len()]);
    assert!(with_stop.is_ok(), "a reply is whole without its counts");
    for len in 0..body.len() {
        if len != body.len() - metadata_len() {
            let error = decode(Mode::Stream, &body[..len]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StreamBroken, "{len}");
        }
    }
}

fn metadata_len() -> usize {
    let payload = r#"{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#;
    stream_of(&[("metadata", payload)]).len()
}

fn any_value() -> impl Strategy<Value = Vec<(String, u8, Vec<u8>)>> {
    prop::collection::vec(
        (
            "[a-z:-]{1,20}",
            0u8..10,
            prop::collection::vec(any::<u8>(), 16..40),
        ),
        0..6,
    )
}

fn value(kind: u8, bytes: &[u8]) -> HeaderValue<'_> {
    let array: [u8; 16] = bytes[..16].try_into().unwrap();
    let long = i64::from_be_bytes(array[..8].try_into().unwrap());
    match kind {
        0 => HeaderValue::Bool(true),
        1 => HeaderValue::Bool(false),
        2 => HeaderValue::Byte(long as i8),
        3 => HeaderValue::Short(long as i16),
        4 => HeaderValue::Int(long as i32),
        5 => HeaderValue::Long(long),
        6 => HeaderValue::Bytes(bytes),
        7 => HeaderValue::String(std::str::from_utf8(bytes).unwrap_or("text")),
        8 => HeaderValue::Timestamp(long),
        _ => HeaderValue::Uuid(array),
    }
}

proptest! {
    #[test]
    fn frames_are_read_as_they_were_written(
        frames in prop::collection::vec((any_value(), prop::collection::vec(any::<u8>(), 0..300)), 0..5),
        piece in 1usize..200,
    ) {
        let mut out = BytesMut::new();
        let mut expected = Vec::new();
        for (headers, payload) in &frames {
            let headers: Vec<_> = headers.iter().map(|(name, kind, bytes)| (name.as_str(), value(*kind, bytes))).collect();
            write_frame(&headers, payload, &mut out);
            expected.push((format!("{headers:?}"), payload.clone()));
        }
        prop_assert_eq!(read(out.chunks(piece)).unwrap(), expected);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), piece in 1usize..50) {
        let _ = read(bytes.chunks(piece));
        let _ = decode(Mode::Stream, &bytes);
    }
}
