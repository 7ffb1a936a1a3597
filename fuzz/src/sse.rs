//! Server-sent events.

use bytes::Bytes;
use outlast_wire::sse::{SseDecoder, SseItem};

use crate::Input;

/// Checks that a stream means the same however it is cut.
pub fn sse(data: &[u8]) {
    let mut input = Input::new(data);
    let pieces = read(input.pieces());
    assert_eq!(read([input.rest()].into_iter()), pieces);
}

/// Returns what a stream says: its events, and the error that ended it. How many signs of life there are depends on how
/// the bytes come.
fn read(pieces: impl Iterator<Item = Bytes>) -> Vec<Result<(Option<String>, String), String>> {
    let mut decoder = SseDecoder::default();
    let mut read = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(item) = decoder.next_item() {
            match item {
                Ok(SseItem::Event(event)) => {
                    read.push(Ok((event.name.map(str::to_owned), event.data.to_owned())));
                }
                Ok(SseItem::KeepAlive) => {}
                Err(error) => {
                    read.push(Err(error.to_string()));
                    return read;
                }
            }
        }
    }
    match decoder.finish() {
        Some(Ok(SseItem::Event(event))) => {
            read.push(Ok((event.name.map(str::to_owned), event.data.to_owned())));
        }
        Some(Ok(SseItem::KeepAlive)) | None => {}
        Some(Err(error)) => read.push(Err(error.to_string())),
    }
    read
}
