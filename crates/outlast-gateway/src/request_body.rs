//! Reads the body of a request, within limits.

use std::pin::pin;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use outlast_types::{Error, ErrorKind};
use tokio::time::timeout;

/// How much of a body that is too large is read away, at most, before it is answered.
///
/// A caller that is still sending when the connection closes sees a reset in place of the answer.
const MAX_LINGER_BYTES: usize = 64 * 1024 * 1024;
/// How long it is read away at most.
const MAX_LINGER: Duration = Duration::from_secs(5);

/// Reads the whole body.
///
/// It fails with [`ErrorKind::RequestTooLarge`] beyond `limit` bytes, and with [`ErrorKind::InvalidRequest`] if the
/// caller pauses for longer than `pause` or breaks off.
pub(crate) async fn read<B>(body: B, limit: usize, pause: Duration) -> Result<Bytes, Error>
where
    B: Body,
    B::Error: std::fmt::Display,
{
    let announced = body.size_hint().lower();
    let mut body = pin!(body);
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        linger(body).await;
        return Err(too_large(limit));
    }
    let mut parts = Parts::default();
    while let Some(frame) = timeout(pause, body.frame())
        .await
        .map_err(|_| too_slow(pause))?
    {
        let Ok(data) = frame.map_err(broken_off)?.into_data() else {
            continue;
        };
        if parts.len() + data.remaining() > limit {
            linger(body).await;
            return Err(too_large(limit));
        }
        parts.push(data);
    }
    Ok(parts.into_bytes())
}

/// The body so far. One that comes in one piece is never copied.
#[derive(Default)]
struct Parts {
    first: Bytes,
    rest: BytesMut,
}

impl Parts {
    fn len(&self) -> usize {
        self.first.len() + self.rest.len()
    }

    fn push(&mut self, mut data: impl Buf) {
        if self.len() == 0 {
            self.first = data.copy_to_bytes(data.remaining());
            return;
        }
        if self.rest.is_empty() {
            self.rest
                .extend_from_slice(&std::mem::take(&mut self.first));
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            let taken = chunk.len();
            self.rest.extend_from_slice(chunk);
            data.advance(taken);
        }
    }

    fn into_bytes(self) -> Bytes {
        if self.rest.is_empty() {
            self.first
        } else {
            self.rest.freeze()
        }
    }
}

/// Reads the rest away so that the caller gets to see the answer.
async fn linger<B: Body>(mut body: std::pin::Pin<&mut B>) {
    let read_away = async {
        let mut left = MAX_LINGER_BYTES;
        while let Some(Ok(frame)) = body.frame().await {
            let size = frame.data_ref().map_or(0, Buf::remaining);
            match left.checked_sub(size) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    // Running out of time only means that the caller may not see the answer.
    let _ = timeout(MAX_LINGER, read_away).await;
}

fn too_large(limit: usize) -> Error {
    Error::new(ErrorKind::RequestTooLarge).with_message(format!(
        "the request's body is larger than the {limit} bytes allowed here"
    ))
}

fn too_slow(pause: Duration) -> Error {
    Error::new(ErrorKind::InvalidRequest).with_message(format!(
        "the request's body stopped coming for {} seconds",
        pause.as_secs()
    ))
}

fn broken_off(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidRequest)
        .with_message(format!("the request's body broke off: {error}"))
}
