//! A body says the same however it is cut.

use outlast_types::Mode;

use crate::recordings::fixtures;
use crate::support::decode_pieces;

/// Up to this length every cut is tried, beyond it every seventh.
const SMALL: usize = 5000;

#[test]
fn every_fixture_says_the_same_cut_at_any_byte() {
    let mut cuts = 0;
    for exchange in fixtures().iter().filter(|exchange| exchange.status == 200) {
        let body = exchange.body.as_bytes();
        let (whole, end) = decode_pieces(exchange.mode, [body]);
        assert!(end.is_ok(), "{}", exchange.id);
        let step = if body.len() <= SMALL { 1 } else { 7 };
        for at in (0..body.len()).step_by(step) {
            let (first, second) = body.split_at(at);
            let (cut, end) = decode_pieces(exchange.mode, [first, second]);
            assert!(end.is_ok() && cut == whole, "{} cut at {at}", exchange.id);
            cuts += 1;
        }
        let (bytes, end) = decode_pieces(exchange.mode, body.chunks(1));
        assert!(
            end.is_ok() && bytes == whole,
            "{} byte by byte",
            exchange.id
        );
    }
    assert!(cuts > 10_000, "{cuts}");
}

#[test]
fn a_stream_that_ends_early_is_never_an_answer() {
    let streams = fixtures();
    let streams = streams
        .iter()
        .filter(|exchange| exchange.status == 200 && exchange.mode == Mode::Stream);
    for exchange in streams {
        let body = exchange.body.as_bytes();
        let end = exchange
            .body
            .rfind("\"type\":\"response.completed\"")
            .or_else(|| exchange.body.rfind("\"response.incomplete\""))
            .or_else(|| exchange.body.rfind("\"response.completed\""))
            .unwrap();
        for at in (0..end).step_by(11) {
            let (_, result) = decode_pieces(Mode::Stream, [&body[..at]]);
            assert!(result.is_err(), "{} cut off at {at}", exchange.id);
        }
    }
}
