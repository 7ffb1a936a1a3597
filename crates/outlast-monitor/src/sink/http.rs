use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, StatusCode, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use outlast_types::BoxError;
use serde::Serialize;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};
use tower_service::Service;

use super::Undelivered;

/// What alerts are sent over: any HTTP client as a tower service, boxed by [`transport`].
///
/// It must not follow redirects: they could carry a key elsewhere.
pub type Transport = BoxCloneSyncService<http::Request<Bytes>, http::Response<Bytes>, BoxError>;

/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 16 * 1024;

/// Boxes any fitting service as a transport.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use outlast_monitor::transport;
/// use tower::service_fn;
///
/// let accepts = service_fn(|_: http::Request<Bytes>| async {
///     http::Response::builder().status(202).body(Full::new(Bytes::new()))
/// });
/// let transport = transport(accepts);
/// # let _ = transport;
/// ```
pub fn transport<S, B>(service: S) -> Transport
where
    S: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError> + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    BoxCloneSyncService::new(service_fn(move |request| {
        let service = service.clone();
        async move {
            let answer = service.oneshot(request).await.map_err(Into::into)?;
            let (head, body) = answer.into_parts();
            // A longer answer, or one that breaks off, is none: the status says what is to be known.
            let body = Limited::new(body, MAX_ANSWER).collect().await;
            let bytes = body.map(|body| body.to_bytes()).unwrap_or_default();
            Ok::<_, BoxError>(http::Response::from_parts(head, bytes))
        }
    }))
}

/// Posts JSON with the headers given.
pub(super) fn post(
    transport: &Transport,
    to: &Uri,
    headers: HeaderMap,
    body: Bytes,
) -> BoxFuture<'static, Result<(), Undelivered>> {
    let mut request = http::Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = to.clone();
    *request.headers_mut() = headers;
    let agent = concat!("outlast/", env!("CARGO_PKG_VERSION"));
    let own = request.headers_mut();
    own.insert(USER_AGENT, http::HeaderValue::from_static(agent));
    own.insert(
        CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    let transport = transport.clone();
    Box::pin(async move {
        // The cause is not shown: a client may quote the address, which is a secret of some receivers.
        let answer = transport
            .oneshot(request)
            .await
            .map_err(|_| Undelivered::for_now("the receiver could not be reached"))?;
        judge(&answer)
    })
}

/// Writes a body, which cannot fail for what alerts are made of.
pub(super) fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}

fn judge(answer: &http::Response<Bytes>) -> Result<(), Undelivered> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let why = match word(answer.body()) {
        Some(word) => format!("the receiver answered {}: {word}", status.as_u16()),
        None => format!("the receiver answered {}", status.as_u16()),
    };
    let passing = status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        );
    Err(if passing {
        Undelivered::for_now(why).after(retry_after(answer.headers()))
    } else {
        Undelivered::for_good(why)
    })
}

/// Returns a receiver's own word for what is wrong, such as `invalid_blocks`, and nothing longer.
fn word(body: &[u8]) -> Option<&str> {
    let word = std::str::from_utf8(body).ok()?.trim();
    let is_word = |word: &str| {
        let fits = (1..=40).contains(&word.len());
        fits && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    is_word(word).then_some(word)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse();
    seconds.ok().map(Duration::from_secs)
}
