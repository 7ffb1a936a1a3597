//! The token endpoint of OAuth 2.0: what it answers, and what it says when it refuses (RFC 6749, 5.1 and 5.2).

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode, Uri};
use outlast_types::{Error, ErrorKind};
use outlast_wire::ErrorReply;
use outlast_wire::error::{ErrorBody, malformed};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tower::ServiceExt;
use url::form_urlencoded;

use super::Token;
use crate::HttpService;
use crate::body::{End, read_bounded};
use crate::facts::{cut, transport_failure};

/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 1024 * 1024;

/// How long a token lives whose endpoint does not say: an hour is the custom, and half of it is safe.
pub(crate) const UNSAID_LIFE: Duration = Duration::from_secs(30 * 60);

/// A form to be posted to a token endpoint.
pub(crate) struct TokenForm(form_urlencoded::Serializer<'static, String>);

impl TokenForm {
    /// Starts a form of this grant type.
    pub(crate) fn new(grant_type: &str) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", grant_type);
        Self(form)
    }

    /// Adds a field.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.append_pair(name, value);
        self
    }

    /// Posts the form to `uri`.
    pub(crate) fn post(mut self, uri: Uri) -> http::Request<Bytes> {
        let mut request = http::Request::new(Bytes::from(self.0.finish()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        request
    }
}

/// Sends `request` and reads the answer whole.
pub(crate) async fn exchange(
    http: HttpService,
    request: http::Request<Bytes>,
) -> Result<http::Response<Bytes>, Error> {
    let (head, body) = http
        .oneshot(request)
        .await
        .map_err(transport_failure)?
        .into_parts();
    let body = read_bounded(body, MAX_ANSWER).await;
    match body.end {
        End::Whole => Ok(http::Response::from_parts(head, body.bytes)),
        End::TooLong => Err(malformed("the answer is longer than 1 MiB")),
        End::Cut(error) => Err(cut(error)),
    }
}

/// Reads the answer of a token endpoint to a request that was sent at `now`.
pub(crate) fn read_answer(
    issuer: &str,
    answer: &http::Response<Bytes>,
    now: SystemTime,
) -> Result<Token, Error> {
    if !answer.status().is_success() {
        return Err(refusal(issuer, answer, now));
    }
    #[derive(Deserialize)]
    struct Grant {
        access_token: String,
        expires_in: Option<Seconds>,
    }
    let unreadable = |_| {
        Error::new(ErrorKind::Malformed)
            .with_message(format!("{issuer} answered with something that is no token"))
    };
    let grant: Grant = serde_json::from_slice(answer.body()).map_err(unreadable)?;
    let token = Token::new(grant.access_token).map_err(|error| {
        Error::new(ErrorKind::Malformed)
            .with_message(format!("the token of {issuer} cannot be used: {error}"))
    })?;
    let life = grant.expires_in.and_then(|seconds| seconds.duration());
    Ok(token.with_expiry(now + life.unwrap_or(UNSAID_LIFE)))
}

/// A number of seconds, as a number or as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u32),
    Text(String),
    Other(IgnoredAny),
}

impl Seconds {
    fn duration(&self) -> Option<Duration> {
        let seconds = match self {
            Self::Number(seconds) => *seconds,
            Self::Text(text) => text.trim().parse().ok()?,
            Self::Other(_) => return None,
        };
        Some(Duration::from_secs(seconds.into()))
    }
}

/// Reads the refusal of a token endpoint into facts.
pub(crate) fn refusal(issuer: &str, answer: &http::Response<Bytes>, now: SystemTime) -> Error {
    let body = answer.body();
    let said = said_in(body);
    let kind = kind_of_refusal(answer.status(), said.code.as_deref());
    let message = match &said.message {
        // The first line says it; ids for the vendor's support follow.
        Some(message) => format!("{issuer}: {}", first_line(message)),
        None => format!("{issuer} gives no token"),
    };
    let reply = ErrorReply {
        status: answer.status(),
        headers: answer.headers(),
        body,
        received: now,
    };
    said.into_error(&reply)
        .with_kind(kind)
        .with_message(message)
}

fn said_in(body: &Bytes) -> ErrorBody {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Refusal {
        OAuth {
            error: String,
            error_description: Option<String>,
        },
        /// Google's service that lends the identity of a service account.
        Google { error: Status },
    }
    #[derive(Deserialize)]
    struct Status {
        status: Option<String>,
        message: Option<String>,
    }
    let (code, message) = match serde_json::from_slice(body) {
        Ok(Refusal::OAuth {
            error,
            error_description,
        }) => (Some(error), error_description),
        Ok(Refusal::Google { error }) => (error.status, error.message),
        Err(_) => return ErrorBody::from_text(body),
    };
    ErrorBody {
        code,
        message,
        ..ErrorBody::default()
    }
}

/// Tells what kind of failure it is. Whatever is wrong with the request is wrong with the credentials that it was made
/// from: a caller's own request has no part in it.
fn kind_of_refusal(status: StatusCode, code: Option<&str>) -> ErrorKind {
    match (code, status.as_u16()) {
        (Some("temporarily_unavailable"), _) => ErrorKind::Overloaded,
        (Some("slow_down"), _) | (_, 429) => ErrorKind::RateLimited,
        (Some("access_denied" | "unauthorized_client"), _) | (_, 403) => {
            ErrorKind::PermissionDenied
        }
        (_, 503) => ErrorKind::Overloaded,
        (_, 500..=599) => ErrorKind::Server,
        (_, 400..=499) => ErrorKind::Unauthenticated,
        _ => ErrorKind::Malformed,
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text).trim_end()
}
