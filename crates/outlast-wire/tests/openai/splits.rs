//! A stream says the same however its bytes are cut.

use outlast_types::{Error, ErrorKind, Mode, StreamEvent};
use proptest::prelude::*;

use crate::fixtures::{STREAMS, decode_pieces};
use crate::recordings::exchanges;

fn outcome<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Option<ErrorKind>) {
    let (events, error) = decode_pieces(Mode::Stream, pieces);
    (events, error.as_ref().map(Error::kind))
}

#[test]
fn every_cut_of_every_fixture_gives_the_same_events() {
    for (name, body) in STREAMS {
        let body = body.as_bytes();
        let whole = outcome([body]);
        for at in 0..=body.len() {
            let (head, tail) = body.split_at(at);
            assert_eq!(outcome([head, tail]), whole, "{name}, cut at {at}");
        }
        assert_eq!(outcome(body.chunks(1)), whole, "{name}, byte by byte");
    }
}

#[test]
fn every_recorded_stream_gives_the_same_events_in_small_pieces() {
    for exchange in exchanges() {
        if exchange.stream && exchange.status == 200 {
            let body = exchange.body.as_bytes();
            // Byte by byte where that does not take long.
            let size = if body.len() < 8 * 1024 { 1 } else { 61 };
            assert_eq!(
                outcome(body.chunks(size)),
                outcome([body]),
                "{}",
                exchange.id
            );
        }
    }
}

proptest! {
    #[test]
    fn random_pieces_of_a_fixture_give_the_same_events(
        which in 0..STREAMS.len(),
        cuts in prop::collection::vec(0usize..4096, 0..12),
    ) {
        let body = STREAMS[which].1.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &body[cut[0]..cut[1]]);
        prop_assert_eq!(outcome(pieces), outcome([body]));
    }
}
