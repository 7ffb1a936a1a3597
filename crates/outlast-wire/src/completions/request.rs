//! Reads requests without loss: what the vocabulary has no name for stays among the extra fields.

use bytes::Bytes;
use outlast_types::{ChatBody, ChatRequest, Error, Extra, Mode};

use super::{PROTOCOL, prompt};
use crate::Incoming;
use crate::json::{FieldError, Object, Shape, read_value, shape};
use crate::openai::spelling;

/// Reads a request to `/completions`. It fails with `ErrorKind::InvalidRequest` and a message that names the field.
///
/// Written again by [`Completions`](super::Completions) it is the same JSON, the order of fields aside.
pub fn decode_request(body: &Bytes) -> Result<Incoming, Error> {
    Ok(read(body)?)
}

fn read(body: &Bytes) -> Result<Incoming, FieldError> {
    let mut object = Object::read(body)?;
    let mode = if object.get("stream").is_some_and(|raw| raw.get() == "true") {
        object.take_raw("stream");
        Mode::Stream
    } else {
        Mode::Unary
    };
    let mut body = ChatBody::default();
    body.model = spelling::take_text(&mut object, "model")?.unwrap_or_default();
    // The prompt stays where it is, too: it tells in which form it was written.
    if let Some(raw) = object.get("prompt").filter(|raw| raw.get() != "null") {
        body.messages = prompt::read(raw).map_err(|error| error.within("prompt"))?;
    }
    body.max_output_tokens = spelling::take(&mut object, "max_tokens")?;
    body.temperature = spelling::take(&mut object, "temperature")?;
    body.top_p = spelling::take(&mut object, "top_p")?;
    body.seed = spelling::take(&mut object, "seed")?;
    body.n = spelling::take(&mut object, "n")?;
    body.stop = read_stop(&object)?;
    body.frequency_penalty = spelling::take_readable(&mut object, "frequency_penalty");
    body.presence_penalty = spelling::take_readable(&mut object, "presence_penalty");
    body.user = spelling::take_readable(&mut object, "user");
    // Here a number says both that they are wanted and of how many alternatives.
    body.top_logprobs = spelling::take_readable(&mut object, "logprobs");
    body.logprobs = body.top_logprobs.map(|_| true);
    // Even without fields: it tells in which protocol the request came.
    body.extra = Some(Extra {
        origin: PROTOCOL,
        fields: object.into_rest(),
    });
    Ok(Incoming {
        request: ChatRequest::from_body(body),
        mode,
    })
}

/// Reads `stop`, a text or several, and leaves it where it is.
fn read_stop(object: &Object<'_>) -> Result<Vec<String>, FieldError> {
    let Some(raw) = object.get("stop") else {
        return Ok(Vec::new());
    };
    match shape(raw) {
        Shape::Null => Ok(Vec::new()),
        Shape::String => read_value(raw).map(|one| vec![one]),
        _ => read_value(raw),
    }
    .map_err(|error| error.within("stop"))
}
