//! Replies.

use bytes::Bytes;
use outlast_types::{Collector, ErrorKind, Mode, ReplyMeta, TargetId};
use outlast_wire::{ClientCodec, Decoder, Events};

use crate::Input;

/// Checks that a reply means the same however it is cut.
pub fn reply<C: ClientCodec>(codec: &C, mode: Mode, input: &mut Input<'_>) {
    let pieces = read(codec.decoder(mode), input.pieces());
    let whole = read(codec.decoder(mode), [input.rest()].into_iter());
    assert_eq!(whole, pieces);
}

/// Returns what a reply says, as text, and the kind of the error that ended it.
fn read(
    mut decoder: impl Decoder,
    pieces: impl Iterator<Item = Bytes>,
) -> (String, Option<ErrorKind>) {
    let mut events = Events::new();
    let mut collector = Collector::default();
    let mut result = Ok(());
    for piece in pieces {
        result = decoder.push(piece, &mut events);
        events.drain(..).for_each(|event| collector.push(event));
        if result.is_err() {
            break;
        }
    }
    if result.is_ok() {
        result = decoder.end(&mut events);
        events.drain(..).for_each(|event| collector.push(event));
    }
    let reply = collector.finish(ReplyMeta::new(TargetId::new("fuzz", "fuzz")));
    let said = format!("{:?} {:?} {:?}", reply.start, reply.choices, reply.usage);
    (said, result.err().map(|error| error.kind()))
}
