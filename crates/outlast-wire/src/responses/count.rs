//! What a provider answers beside chat: how many tokens a request has (`POST /responses/input_tokens`), and which models
//! it has, in the form of [`crate::openai`].

use bytes::{Bytes, BytesMut};
use outlast_types::{
    CountRequest, Error, ErrorKind, ModelInfo, ModelPage, ModelRequest, ModelsRequest, TokenCount,
};

use super::{OpenAiResponses, PROTOCOL, error, request_out};
use crate::error::malformed;
use crate::json::{Object, write_object};
use crate::openai::OpenAiChat;
use crate::{EncodeOptions, Encoded, UnaryCodec};

impl UnaryCodec<CountRequest> for OpenAiResponses {
    type Reply = TokenCount;

    fn encode_unary(
        &self,
        request: &CountRequest,
        options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        request_out::encode_count(&request.0, options)
    }

    fn read_unary(&self, _request: &CountRequest, body: &Bytes) -> Result<TokenCount, Error> {
        let mut fields = Object::read(body).map_err(|error| malformed(error.to_string()))?;
        if let Some(raw) = fields.get("error").filter(|raw| raw.get() != "null") {
            return Err(error::of_response(Some(raw), ErrorKind::Server));
        }
        let count = fields.require("input_tokens");
        let mut count = TokenCount::new(count.map_err(|error| malformed(error.to_string()))?);
        fields.take_raw("object");
        count.extra = fields.into_extra(PROTOCOL);
        Ok(count)
    }
}

/// Writes the body that answers `POST /v1/responses/input_tokens`.
pub fn encode_count(count: &TokenCount) -> Bytes {
    let mut body = BytesMut::new();
    write_object(&mut body, |object| {
        object
            .field("object", "response.input_tokens")
            .field("input_tokens", &count.input)
            .extra(count.extra.as_ref(), &PROTOCOL);
    });
    body.freeze()
}

impl UnaryCodec<ModelsRequest> for OpenAiResponses {
    type Reply = ModelPage;

    fn encode_unary(
        &self,
        request: &ModelsRequest,
        options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        OpenAiChat::default().encode_unary(request, options)
    }

    fn read_unary(&self, request: &ModelsRequest, body: &Bytes) -> Result<ModelPage, Error> {
        OpenAiChat::default().read_unary(request, body)
    }
}

impl UnaryCodec<ModelRequest> for OpenAiResponses {
    type Reply = ModelInfo;

    fn encode_unary(
        &self,
        request: &ModelRequest,
        options: &EncodeOptions<'_>,
    ) -> Result<Encoded, Error> {
        OpenAiChat::default().encode_unary(request, options)
    }

    fn read_unary(&self, request: &ModelRequest, body: &Bytes) -> Result<ModelInfo, Error> {
        OpenAiChat::default().read_unary(request, body)
    }
}
