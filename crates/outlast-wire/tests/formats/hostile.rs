//! Nothing a provider or a caller sends makes the codecs panic.

use bytes::Bytes;
use outlast_types::Mode;
use outlast_wire::bedrock_invoke::InvokeFrames;
use outlast_wire::{ChatDecoder, cohere, completions, ollama};
use proptest::prelude::*;

use crate::support::{STREAMS, decode_pieces, run};

fn read_everywhere(body: &[u8]) {
    for (format, _) in STREAMS {
        decode_pieces(format, Mode::Stream, [body]);
        decode_pieces(format, Mode::Unary, [body]);
    }
    run(
        ChatDecoder::new(Mode::Unary, InvokeFrames::default()),
        [body],
    );
    run(
        ChatDecoder::new(Mode::Stream, InvokeFrames::default()),
        [body],
    );
    let body = Bytes::copy_from_slice(body);
    let _ = cohere::decode_request(&body);
    let _ = ollama::decode_request(&body);
    let _ = completions::decode_request(&body);
}

proptest! {
    #[test]
    fn bytes_without_any_sense_are_an_error_or_nothing(body in prop::collection::vec(any::<u8>(), 0..512)) {
        read_everywhere(&body);
    }

    #[test]
    fn a_stream_with_flipped_bytes_does_not_panic(
        which in 0..STREAMS.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut body = STREAMS[which].1.as_bytes().to_vec();
        for (at, byte) in flips {
            let at = at.index(body.len());
            body[at] = byte;
        }
        read_everywhere(&body);
    }

    #[test]
    fn a_line_with_its_brackets_mixed_up_does_not_panic(
        which in 0..STREAMS.len(),
        line in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        piece in prop::sample::select(vec!["{}", "[]", "null", "\"", "1e999", "-1", ",", "{\"a\":"]),
    ) {
        let lines: Vec<&str> = STREAMS[which].1.lines().filter(|line| line.contains('{')).collect();
        let mut line = lines[line.index(lines.len())].to_owned();
        let boundaries: Vec<usize> = line.char_indices().map(|(at, _)| at).collect();
        line.insert_str(boundaries[at.index(boundaries.len())], piece);
        read_everywhere(line.as_bytes());
        read_everywhere(format!("{line}\n\n").as_bytes());
    }
}
