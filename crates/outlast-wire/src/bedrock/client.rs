//! The client's side.

use outlast_types::{ChatRequest, Error, Mode, Protocol};

use super::{ConverseDecoder, PROTOCOL, encode, error};
use crate::event_stream::EventStreamBody;
use crate::{ClientCodec, EncodeOptions, Encoded, ErrorReply};

/// Speaks Converse and ConverseStream to Amazon Bedrock.
///
/// What models of different vendors do differently follows from the model's id, or its inference profile's. The id of an
/// application's own profile tells nothing: such a model is sent what all models take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BedrockConverse;

impl BedrockConverse {
    /// Makes a codec.
    pub const fn new() -> Self {
        Self
    }
}

impl ClientCodec for BedrockConverse {
    type Decoder = EventStreamBody<ConverseDecoder>;

    fn protocol(&self) -> Protocol {
        PROTOCOL
    }

    fn encode(&self, request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
        encode::encode(request, options)
    }

    fn decoder(&self, mode: Mode) -> Self::Decoder {
        EventStreamBody::new(mode, ConverseDecoder::default())
    }

    fn read_error(&self, reply: &ErrorReply<'_>) -> Error {
        error::read(reply)
    }
}
