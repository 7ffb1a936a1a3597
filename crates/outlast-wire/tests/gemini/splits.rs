//! A stream says the same however its bytes are cut.

use outlast_types::{Error, ErrorKind, Mode, StreamEvent};
use proptest::prelude::*;

use crate::recorded::{exchanges, kept};
use crate::support::decode_pieces;

/// Longer bodies take too long to be cut at every byte.
const MAX_CUT: usize = 4096;

fn outcome<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Option<ErrorKind>) {
    let (events, error) = decode_pieces(Mode::Stream, pieces);
    (events, error.as_ref().map(Error::kind))
}

/// The bodies of the streams that are kept with the project, by id.
fn streams() -> Vec<(String, String)> {
    kept()
        .into_iter()
        .filter(|exchange| exchange.stream && exchange.body.len() < MAX_CUT)
        .map(|exchange| (exchange.id, exchange.body))
        .collect()
}

#[test]
fn every_cut_of_a_small_stream_gives_the_same_events() {
    for (id, body) in streams() {
        let body = body.as_bytes();
        let whole = outcome([body]);
        for at in 0..=body.len() {
            let (head, tail) = body.split_at(at);
            assert!(outcome([head, tail]) == whole, "{id}, cut at {at}");
        }
        assert!(outcome(body.chunks(1)) == whole, "{id}, byte by byte");
    }
}

#[test]
fn every_recorded_stream_gives_the_same_events_in_small_pieces() {
    for exchange in exchanges("generate") {
        if exchange.stream && exchange.status == 200 {
            let body = exchange.body.as_bytes();
            // Byte by byte where that does not take long.
            let size = if body.len() < 8 * 1024 { 1 } else { 61 };
            assert!(
                outcome(body.chunks(size)) == outcome([body]),
                "{}",
                exchange.id
            );
        }
    }
}

proptest! {
    #[test]
    fn random_pieces_of_a_stream_give_the_same_events(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let streams = streams();
        let body = streams[which.index(streams.len())].1.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.index(body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &body[cut[0]..cut[1]]);
        prop_assert!(outcome(pieces) == outcome([body]));
    }
}
