//! What is answered with one whole body.

use bytes::Bytes;
use outlast_types::Error;

use crate::body::{in_reply, refuse_foreign};
use crate::{ClientCodec, EncodeOptions, Encoded};

/// Speaks one operation beside chat, whose request is a `Q`: [`EmbeddingRequest`](outlast_types::EmbeddingRequest),
/// [`ModelsRequest`](outlast_types::ModelsRequest), [`ModelRequest`](outlast_types::ModelRequest) or
/// [`CountRequest`](outlast_types::CountRequest).
///
/// A protocol has an impl for each operation that it offers. A reply with another status than 2xx is read by
/// [`ClientCodec::read_error`], like that of a chat.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use outlast_types::{Mode, ModelsRequest};
/// use outlast_wire::anthropic::AnthropicMessages;
/// use outlast_wire::{EncodeOptions, UnaryCodec};
///
/// let codec = AnthropicMessages::new();
/// let request = ModelsRequest::first();
/// let options = EncodeOptions { model: "", mode: Mode::Unary, provider: "anthropic" };
/// let encoded = codec.encode_unary(&request, &options)?;
/// assert_eq!(encoded.request.method(), "GET");
/// assert_eq!(encoded.request.uri(), "/models?limit=1000");
///
/// let body = br#"{"data": [{"type": "model", "id": "claude-haiku-4-5"}], "has_more": false}"#;
/// let page = codec.decode_unary(&request, &Bytes::from_static(body))?;
/// assert_eq!(page.models[0].id, "claude-haiku-4-5");
/// # Ok::<(), outlast_types::Error>(())
/// ```
pub trait UnaryCodec<Q>: ClientCodec {
    /// What the reply says.
    type Reply;

    /// Writes `request` for the model in `options`, as [`ClientCodec::encode`] does; the mode is always unary. An
    /// operation that is about no model has an empty one there.
    fn encode_unary(&self, request: &Q, options: &EncodeOptions<'_>) -> Result<Encoded, Error>;

    /// Reads the body of a reply to `request` that is neither empty nor a page for people.
    fn read_unary(&self, request: &Q, body: &Bytes) -> Result<Self::Reply, Error>;

    /// Reads the body of a reply to `request` with a status of 2xx.
    ///
    /// It fails with the provider's own error if the body is one, and with `ErrorKind::Malformed` if it is not what the
    /// protocol says.
    fn decode_unary(&self, request: &Q, body: &Bytes) -> Result<Self::Reply, Error> {
        refuse_foreign(body)?;
        self.read_unary(request, body).map_err(in_reply)
    }
}
