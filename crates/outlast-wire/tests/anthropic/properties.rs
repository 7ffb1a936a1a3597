//! What holds for any bytes and any events.

use std::collections::BTreeMap;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::{
    ChatResponse, ContentPart, Finish, FinishReason, Mode, Protocol, ReasoningDelta, ReplyStart,
    StreamEvent, ToolCallDelta, Usage,
};
use outlast_wire::anthropic::{self, AnthropicMessages, AnthropicServer};
use outlast_wire::{ClientCodec, ErrorReply, ServerCodec};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{
    MESSAGE, STREAMS, blocks, collect, decode, decode_pieces, encode_stream, frames,
};

/// Feeds bytes to everything that reads from the network. Nothing may panic; what comes out is checked elsewhere.
pub(crate) fn read_everywhere(bytes: &[u8]) {
    let body = Bytes::copy_from_slice(bytes);
    for mode in [Mode::Unary, Mode::Stream] {
        let (events, _) = decode_pieces(mode, [bytes]);
        encode_stream(&events);
    }
    let _ = AnthropicServer::new().decode_request(&body);
    AnthropicMessages::new().read_error(&ErrorReply {
        status: StatusCode::BAD_REQUEST,
        headers: &HeaderMap::new(),
        body: &body,
        received: SystemTime::UNIX_EPOCH,
    });
}

fn seeds() -> Vec<&'static str> {
    let streams = STREAMS.iter().map(|(_, body)| *body);
    streams.chain([MESSAGE]).collect()
}

/// A piece of an answer. Pieces of one kind in a row belong to one part unless an end stands between them.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Thinking(String),
    Call(u32, String),
    End,
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        "[a-zé\n\"🦀]{1,6}".prop_map(Piece::Text),
        "[a-z ]{1,4}".prop_map(Piece::Thinking),
        (0..4_u32, "[0-9,\\[\\]]{0,3}").prop_map(|(number, json)| Piece::Call(number, json)),
        Just(Piece::End),
    ]
}

/// Makes events of pieces, as another protocol's decoder would: the first piece of a call names it.
fn events(pieces: &[Piece], protocol: Protocol) -> Vec<StreamEvent> {
    let mut begun = Vec::new();
    let mut events = vec![StreamEvent::Start(Box::new(ReplyStart::new(protocol)))];
    events.extend(pieces.iter().map(|piece| match piece {
        Piece::Text(text) => StreamEvent::text(text),
        Piece::Thinking(text) => StreamEvent::Reasoning(ReasoningDelta {
            text: text.clone(),
            ..ReasoningDelta::default()
        }),
        Piece::Call(number, json) => {
            let is_first = !begun.contains(number);
            begun.push(*number);
            StreamEvent::ToolCall(ToolCallDelta {
                choice: 0,
                index: *number,
                id: is_first.then(|| format!("call_{number}")),
                name: is_first.then(|| "f".to_owned()),
                arguments: json.clone(),
            })
        }
        Piece::End => StreamEvent::PartEnd { choice: 0 },
    }));
    events.push(StreamEvent::Finish(Finish {
        choice: 0,
        reason: FinishReason::Length,
        extra: None,
    }));
    events.push(StreamEvent::usage(Usage::new(7, 9)));
    events
}

/// Encodes events, and decodes what was written.
fn through_the_wire(events: &[StreamEvent]) -> ChatResponse {
    let stream = encode_stream(events);
    blocks(&frames(&stream));
    collect(decode(Mode::Stream, &stream).unwrap())
}

/// Puts the parts' texts together, whatever their order and borders.
fn said(reply: &ChatResponse) -> (String, String, BTreeMap<String, String>) {
    let (mut text, mut thinking, mut calls) = (String::new(), String::new(), BTreeMap::new());
    for part in reply.content() {
        match part {
            ContentPart::Text(part) => text.push_str(&part.text),
            ContentPart::Reasoning(part) => thinking.push_str(&part.text),
            ContentPart::ToolCall(call) => {
                // The decoder writes the arguments out that a call without any has.
                let arguments = if call.arguments.is_empty() {
                    "{}"
                } else {
                    &call.arguments
                };
                assert!(
                    calls
                        .insert(call.id.clone(), arguments.to_owned())
                        .is_none()
                );
            }
            _ => {}
        }
    }
    (text, thinking, calls)
}

/// Leaves out the pieces of calls that come after the end of one: a call that has ended does not go on.
fn possible(pieces: Vec<Piece>) -> Vec<Piece> {
    let (mut called, mut ended) = (false, false);
    pieces
        .into_iter()
        .filter(|piece| match piece {
            Piece::Call(..) => {
                called = true;
                !ended
            }
            Piece::End => {
                ended |= called;
                true
            }
            _ => true,
        })
        .collect()
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_everywhere(&bytes);
    }

    #[test]
    fn no_change_of_good_bytes_makes_a_reader_panic(
        seed in 0..seeds().len(),
        changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..8),
        cut in any::<Index>(),
    ) {
        let mut bytes = seeds()[seed].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            *bytes.get_mut(at).unwrap() = byte;
        }
        read_everywhere(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        read_everywhere(&bytes);
    }

    #[test]
    fn no_swap_of_fields_makes_a_reader_panic(
        seed in 0..seeds().len(),
        from in any::<Index>(),
        to in any::<Index>(),
    ) {
        let text = seeds()[seed];
        let names: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
        let (from, to) = (names.get(from.index(names.len())).unwrap(), names.get(to.index(names.len())).unwrap());
        read_everywhere(text.replace(from, to).as_bytes());
    }

    #[test]
    fn what_another_protocol_says_in_turns_is_all_told_in_good_order(
        pieces in proptest::collection::vec(piece(), 0..24),
    ) {
        let events = events(&possible(pieces), Protocol::new("other"));
        let reply = through_the_wire(&events);
        let before = collect(events);
        prop_assert_eq!(said(&reply), said(&before));
        prop_assert_eq!((reply.usage, reply.finish()), (before.usage, before.finish()));
    }

    #[test]
    fn what_this_protocol_says_comes_out_as_it_went_in(
        pieces in proptest::collection::vec(piece(), 0..12),
    ) {
        // One part after the other, each ended, as its decoder hands them on.
        let mut number = 0;
        let ordered: Vec<Piece> = pieces
            .into_iter()
            .filter(|piece| !matches!(piece, Piece::End))
            .flat_map(|piece| {
                let piece = match piece {
                    Piece::Call(_, json) => {
                        number += 1;
                        Piece::Call(number, format!("[{json}"))
                    }
                    other => other,
                };
                [piece, Piece::End]
            })
            .collect();
        let events = events(&ordered, anthropic::PROTOCOL);
        let reply = through_the_wire(&events);
        let before = collect(events);
        prop_assert_eq!(reply.content(), before.content());
    }
}
