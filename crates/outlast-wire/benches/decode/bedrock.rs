//! Bedrock's streams and replies: walked by nothing but their lengths and parsed into flat structs that borrow, and
//! decoded.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench has no one to tell but the terminal"
)]

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use outlast_wire::event_stream::{HeaderValue, write_frame};
use serde::Deserialize;

const SIZE: usize = 5_000_000;

const PIECES: [&str; 8] = [
    "The", " weather", " in", " Rome", " is", "\\n\\n", " déjà", " vu.",
];

/// Returns a stream of text, padded as the service pads it.
pub(crate) fn stream() -> Bytes {
    let mut out = BytesMut::new();
    let mut frame = |name: &str, payload: &str| {
        let headers = [
            (":event-type", HeaderValue::String(name)),
            (":content-type", HeaderValue::String("application/json")),
            (":message-type", HeaderValue::String("event")),
        ];
        write_frame(&headers, payload.as_bytes(), &mut out);
        out.len()
    };
    let mut len = frame(
        "messageStart",
        r#"{"p":"abcdefghijklmnopq","role":"assistant"}"#,
    );
    for (number, piece) in PIECES.iter().cycle().enumerate() {
        if len >= SIZE {
            break;
        }
        let padding =
            &"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[..number % 62];
        let payload =
            format!(r#"{{"contentBlockIndex":0,"delta":{{"text":"{piece}"}},"p":"{padding}"}}"#);
        len = frame("contentBlockDelta", &payload);
    }
    frame("contentBlockStop", r#"{"contentBlockIndex":0,"p":"abc"}"#);
    frame("messageStop", r#"{"p":"abc","stopReason":"end_turn"}"#);
    frame(
        "metadata",
        r#"{"metrics":{"latencyMs":1},"p":"a","usage":{"inputTokens":3,"outputTokens":14,"totalTokens":17}}"#,
    );
    out.freeze()
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

/// Walks the frames, checks both checksums and parses each payload. Returns the bytes of all text.
pub(crate) fn read(stream: &[u8]) -> usize {
    let number = |at: usize| {
        let bytes = stream[at..at + 4].try_into().expect("four bytes");
        u32::from_be_bytes(bytes)
    };
    let (mut at, mut bytes) = (0, 0);
    while at < stream.len() {
        let (len, headers) = (number(at) as usize, number(at + 4) as usize);
        assert_eq!(number(at + 8), crc32fast::hash(&stream[at..at + 8]));
        assert_eq!(
            number(at + len - 4),
            crc32fast::hash(&stream[at..at + len - 4])
        );
        let payload = &stream[at + 12 + headers..at + len - 4];
        let event: Event<'_> = serde_json::from_slice(payload).expect("an event");
        bytes += event
            .delta
            .and_then(|delta| delta.text)
            .map_or(0, |text| text.len());
        at += len;
    }
    bytes
}
