//! A reply's body.

use bytes::Bytes;
use outlast_types::{Error, ErrorKind, FinishReason, ReplyStart, StreamEvent};
use serde_json::Value;

use super::{PROTOCOL, error};
use crate::error::{malformed, malformed_json};
use crate::{Events, FrameDecoder};

/// Understands the chunks of a stream and the body of a unary reply.
#[derive(Debug, Default)]
pub struct GeminiFrames {
    is_started: bool,
    finish: Option<FinishReason>,
    is_done: bool,
}

impl GeminiFrames {
    fn chunk(&mut self, chunk: &Value, out: &mut Events) -> Result<(), Error> {
        if chunk.get("error").is_some() {
            return Err(error::in_reply(
                chunk.to_string().as_bytes(),
                ErrorKind::StreamBroken,
            ));
        }
        if !std::mem::replace(&mut self.is_started, true) {
            out.push_back(StreamEvent::Start(Box::new(ReplyStart::new(PROTOCOL))));
        }
        let candidate = chunk
            .pointer("/candidates/0")
            .ok_or_else(|| malformed("the reply has no candidates"))?;
        let parts = candidate
            .pointer("/content/parts")
            .and_then(Value::as_array);
        for part in parts.into_iter().flatten() {
            if let Some(text) = part.get("text").and_then(Value::as_str) {
                out.push_back(StreamEvent::text(text));
            }
        }
        match candidate.get("finishReason").and_then(Value::as_str) {
            Some("STOP") => self.finish = Some(FinishReason::Stop),
            Some("MAX_TOKENS") => self.finish = Some(FinishReason::Length),
            Some(other) => self.finish = Some(FinishReason::Other(other.to_owned())),
            None => {}
        }
        Ok(())
    }
}

impl FrameDecoder for GeminiFrames {
    fn frame(&mut self, _name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        let chunk = serde_json::from_str(data).map_err(|error| malformed_json(&error))?;
        self.chunk(&chunk, out)
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let body = serde_json::from_slice(body).map_err(|error| malformed_json(&error))?;
        match &body {
            Value::Array(chunks) => chunks.iter().try_for_each(|chunk| self.chunk(chunk, out))?,
            body => self.chunk(body, out)?,
        }
        self.end(out)
    }

    fn end(&mut self, out: &mut Events) -> Result<(), Error> {
        let Some(reason) = self.finish.take() else {
            return Err(Error::new(ErrorKind::StreamBroken)
                .with_message("the stream ended before the answer did"));
        };
        out.push_back(StreamEvent::finish(reason));
        self.is_done = true;
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.is_done
    }
}
