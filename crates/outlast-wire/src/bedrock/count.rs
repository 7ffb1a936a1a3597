//! How many tokens a request has: `POST /model/{modelId}/count-tokens`.
//!
//! The request stands in a wrapper, `{"input": {"converse": {...}}}`, and without what says how to answer.

use bytes::{Bytes, BytesMut};
use outlast_types::{ChatRequest, CountRequest, Error, ErrorKind, TokenCount};

use super::{BedrockConverse, ModelPath, Operation, PROTOCOL, encode, request};
use crate::error::{malformed, malformed_json};
use crate::json::{Object, write_object};
use crate::{EncodeOptions, Encoded, UnaryCodec};

impl UnaryCodec<CountRequest> for BedrockConverse {
    type Reply = TokenCount;

    fn encode_unary(
        &self,
        request: &CountRequest,
        options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        encode::encode_count(&request.0, options)
    }

    fn read_unary(&self, _request: &CountRequest, body: &Bytes) -> Result<TokenCount, Error> {
        let value = serde_json::from_slice(body).map_err(|error| malformed_json(&error))?;
        let unreadable = |error: crate::json::FieldError| malformed(error.to_string());
        let mut fields = Object::from_raw(value).map_err(unreadable)?;
        let mut count = TokenCount::new(fields.require("inputTokens").map_err(unreadable)?);
        count.extra = fields.into_extra(PROTOCOL);
        Ok(count)
    }
}

/// Reads a caller's request to count tokens, which came to this path. One that is in the format of the model's vendor
/// (`invokeModel`) is `ErrorKind::Unsupported`.
pub fn decode_count(path: &ModelPath, body: &Bytes) -> Result<CountRequest, Error> {
    let invalid = |error: crate::json::FieldError| error.into_error(ErrorKind::InvalidRequest);
    if path.operation() != Operation::CountTokens {
        return Err(
            Error::new(ErrorKind::InvalidRequest).with_message("the path asks for no count")
        );
    }
    let mut fields = Object::read(body).map_err(invalid)?;
    let mut input = fields.require::<Object<'_>>("input").map_err(invalid)?;
    let Some(converse) = input.take_raw("converse") else {
        return Err(Error::new(ErrorKind::Unsupported)
            .with_message("only requests in the format of Converse are counted"));
    };
    let body = request::read(converse.get().as_bytes(), path.model())
        .map_err(|error| invalid(error.within("converse").within("input")))?;
    Ok(CountRequest(ChatRequest::from_body(body)))
}

/// Writes the body that answers a request to count tokens.
pub fn encode_count(count: &TokenCount) -> Bytes {
    let mut body = BytesMut::new();
    write_object(&mut body, |object| {
        object
            .field("inputTokens", &count.input)
            .extra(count.extra.as_ref(), &PROTOCOL);
    });
    body.freeze()
}
