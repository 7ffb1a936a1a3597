//! Reads the body of a request, within limits.

use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http::StatusCode;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use outlast_types::{Error, ErrorKind};
use tokio::time::timeout;

use crate::limits::Limits;

/// How much of a body that is too large is read away, at most, before it is answered.
///
/// A caller that is still sending when the connection closes sees a reset in place of the answer.
const MAX_LINGER_BYTES: usize = 64 * 1024 * 1024;
/// How long it is read away at most.
const MAX_LINGER: Duration = Duration::from_secs(5);

/// Reads the whole body.
///
/// It fails with [`ErrorKind::RequestTooLarge`] beyond `most` bytes, and with [`ErrorKind::InvalidRequest`] if the
/// caller is too slow or breaks off.
pub(crate) async fn read<B>(body: B, most: usize, limits: &Limits) -> Result<Bytes, Error>
where
    B: Body,
    B::Error: std::fmt::Display,
{
    let body = pin!(body);
    timeout(
        limits.body_whole,
        read_steadily(body, most, limits.body_pause),
    )
    .await
    .unwrap_or_else(|_| Err(too_slow("take", limits.body_whole)))
}

async fn read_steadily<B>(
    mut body: Pin<&mut B>,
    most: usize,
    pause: Duration,
) -> Result<Bytes, Error>
where
    B: Body,
    B::Error: std::fmt::Display,
{
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > most) {
        linger(body).await;
        return Err(too_large(most));
    }
    let mut parts = Parts::default();
    while let Some(frame) = next_frame(&mut body, pause).await? {
        let Ok(data) = frame.map_err(broken_off)?.into_data() else {
            continue;
        };
        if parts.len() + data.remaining() > most {
            linger(body).await;
            return Err(too_large(most));
        }
        parts.push(data);
    }
    Ok(parts.into_bytes())
}

async fn next_frame<B: Body>(
    body: &mut Pin<&mut B>,
    pause: Duration,
) -> Result<Option<Result<Frame<B::Data>, B::Error>>, Error> {
    timeout(pause, body.frame())
        .await
        .map_err(|_| too_slow("pause", pause))
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
async fn linger<B: Body>(mut body: Pin<&mut B>) {
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

fn too_slow(what: &str, limit: Duration) -> Error {
    Error::new(ErrorKind::InvalidRequest)
        .with_status(StatusCode::REQUEST_TIMEOUT)
        .with_code("request_timeout")
        .with_message(format!(
            "the request's body may {what} at most {} seconds",
            limit.as_secs()
        ))
}

fn broken_off(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidRequest)
        .with_message(format!("the request's body broke off: {error}"))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http_body_util::{Full, StreamBody};

    use super::*;

    async fn read<B>(body: B, most: usize) -> Result<Bytes, Error>
    where
        B: Body,
        B::Error: std::fmt::Display,
    {
        super::read(body, most, &Limits::default()).await
    }

    fn chunks(chunks: &[&'static str]) -> impl Body<Data = Bytes, Error = Infallible> + use<> {
        let frames: Vec<_> = chunks
            .iter()
            .map(|chunk| Ok(Frame::data(Bytes::from_static(chunk.as_bytes()))))
            .collect();
        StreamBody::new(stream::iter(frames))
    }

    #[tokio::test]
    async fn a_body_is_put_together_in_order() {
        let body = read(chunks(&["", "ab", "", "c", "def"]), 6).await.unwrap();
        assert_eq!(body, "abcdef");
    }

    #[tokio::test]
    async fn a_body_of_one_piece_is_not_copied() {
        let piece = Bytes::from_static(b"whole");
        let body = read(Full::new(piece.clone()), 5).await.unwrap();
        assert_eq!(body.as_ptr(), piece.as_ptr());
    }

    #[tokio::test]
    async fn one_byte_beyond_the_limit_is_too_large_whether_announced_or_not() {
        let announced = read(Full::new(Bytes::from_static(b"abcdef")), 5)
            .await
            .unwrap_err();
        let counted = read(chunks(&["abc", "def"]), 5).await.unwrap_err();
        assert_eq!(announced.kind(), ErrorKind::RequestTooLarge);
        assert_eq!(counted.kind(), ErrorKind::RequestTooLarge);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_stops_sending_is_not_waited_for_for_ever() {
        let begun = stream::iter([Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"{")))]);
        let body = StreamBody::new(begun.chain(stream::pending()));
        let error = read(body, 100).await.unwrap_err();
        assert_eq!(error.status(), Some(StatusCode::REQUEST_TIMEOUT));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_sends_a_byte_now_and_then_does_not_send_for_ever() {
        let dripping = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(29)).await;
            Some((
                Ok::<_, Infallible>(Frame::data(Bytes::from_static(b" "))),
                (),
            ))
        });
        let error = read(StreamBody::new(dripping), 1000).await.unwrap_err();
        assert_eq!(error.status(), Some(StatusCode::REQUEST_TIMEOUT));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_too_large_and_never_ends_is_not_read_away_for_ever() {
        let begun = stream::iter([Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"{{{")))]);
        let body = StreamBody::new(begun.chain(stream::pending()));
        let error = read(body, 2).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RequestTooLarge);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_an_invalid_request() {
        let frames = [Ok(Frame::data(Bytes::from_static(b"{"))), Err("reset")];
        let error = read(StreamBody::new(stream::iter(frames)), 100)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
}
