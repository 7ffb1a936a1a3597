//! Replies.

use bytes::Bytes;
use outlast_types::{ChatResponse, Collector, ErrorKind, ReplyMeta, TargetId};
use outlast_wire::{Decoder, Events};

use crate::Input;
use crate::input::pieces;

/// How many events a byte of a reply may become, at most.
const EVENTS_PER_BYTE: usize = 2;

/// How many bytes of text a byte of a reply may become, at most: one that is no UTF-8 becomes a character of three.
const TEXT_PER_BYTE: usize = 3;

/// Checks that a reply means the same however it is cut, and that it has not grown; the first byte says how it is cut.
pub fn reply<D: Decoder>(decoder: impl Fn() -> D, input: &mut Input<'_>) {
    let way = input.byte();
    cut(decoder, way, &input.rest());
}

/// Does the same with a body that was made.
pub(crate) fn cut<D: Decoder>(decoder: impl Fn() -> D, way: u8, body: &Bytes) {
    let whole = read(decoder(), [body.clone()].into_iter());
    assert_eq!(
        whole.said(),
        read(decoder(), pieces(way, body.clone())).said()
    );
    assert!(
        whole.events <= EVENTS_PER_BYTE * body.len() + 16,
        "{} events",
        whole.events
    );
    let text = whole.reply.text().len();
    assert!(text <= TEXT_PER_BYTE * body.len(), "{text} bytes of text");
}

/// What was read.
struct Read {
    reply: ChatResponse,
    error: Option<ErrorKind>,
    events: usize,
}

impl Read {
    /// Returns what a reply says, as text, and the kind of the error that ended it.
    fn said(&self) -> (String, Option<ErrorKind>) {
        let reply = &self.reply;
        let said = format!("{:?} {:?} {:?}", reply.start, reply.choices, reply.usage);
        (said, self.error)
    }
}

fn read(mut decoder: impl Decoder, pieces: impl Iterator<Item = Bytes>) -> Read {
    let mut events = Events::new();
    let mut collector = Collector::default();
    let mut count = 0;
    let mut collect = |events: &mut Events| {
        count += events.len();
        events.drain(..).for_each(|event| collector.push(event));
    };
    let mut result = Ok(());
    for piece in pieces {
        result = decoder.push(piece, &mut events);
        collect(&mut events);
        if result.is_err() {
            break;
        }
    }
    if result.is_ok() {
        result = decoder.end(&mut events);
        collect(&mut events);
    }
    Read {
        reply: collector.finish(ReplyMeta::new(TargetId::new("fuzz", "fuzz"))),
        error: result.err().map(|error| error.kind()),
        events: count,
    }
}
