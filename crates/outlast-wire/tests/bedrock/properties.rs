//! What holds for any input.

use bytes::Bytes;
use outlast_types::Mode;
use outlast_wire::ServerCodec;
use outlast_wire::anthropic::MessagesDecoder;
use outlast_wire::bedrock::InvokeStream;
use outlast_wire::event_stream::EventStreamBody;

use crate::support::{decode, read_pieces, server};

/// Reads bytes with everything that reads bytes.
pub(crate) fn read_everywhere(bytes: &[u8]) {
    let _ = decode(Mode::Stream, bytes);
    let _ = decode(Mode::Unary, bytes);
    let invoked = InvokeStream::new(MessagesDecoder::default());
    let _ = read_pieces(EventStreamBody::new(Mode::Stream, invoked), [bytes]);
    let _ = server().decode_request(&Bytes::copy_from_slice(bytes));
}
