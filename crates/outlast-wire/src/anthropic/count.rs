//! How many tokens a request has: `POST /v1/messages/count_tokens`.

use bytes::{Bytes, BytesMut};
use outlast_types::{CountRequest, Error, TokenCount};

use super::models::{object, unreadable};
use super::platform::Purpose;
use super::{AnthropicMessages, AnthropicServer, PROTOCOL, encode, request};
use crate::json::write_object;
use crate::{EncodeOptions, Encoded, UnaryCodec};

impl UnaryCodec<CountRequest> for AnthropicMessages {
    type Reply = TokenCount;

    fn encode_unary(
        &self,
        request: &CountRequest,
        options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        encode::encode(&request.0, options, self, Purpose::Count)
    }

    fn read_unary(&self, _request: &CountRequest, body: &Bytes) -> Result<TokenCount, Error> {
        let mut fields = object(body)?;
        let mut count = TokenCount::new(fields.require("input_tokens").map_err(unreadable)?);
        count.extra = fields.into_extra(PROTOCOL);
        Ok(count)
    }
}

impl AnthropicServer {
    /// Reads a caller's `POST /v1/messages/count_tokens`.
    pub fn decode_count(&self, body: &Bytes) -> Result<CountRequest, Error> {
        Ok(CountRequest(request::read_count(body)?))
    }
}

/// Writes the body that answers `POST /v1/messages/count_tokens`.
pub fn encode_count(count: &TokenCount) -> Bytes {
    let mut body = BytesMut::new();
    write_object(&mut body, |object| {
        object
            .field("input_tokens", &count.input)
            .extra(count.extra.as_ref(), &PROTOCOL);
    });
    body.freeze()
}
