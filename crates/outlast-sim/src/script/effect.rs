//! What a rule does to a call, as it is written.

use std::time::Duration;

use http::StatusCode;
use outlast_types::{ErrorKind, FinishReason, RateLimit};
use serde::Deserialize;

use super::rule::RuleFields;
use super::values::{Rate, Span, Status};
use crate::fault::{
    After, ConnectionFault, ContinuationStyle, CutBy, Empty, Failure, Fault, PaceChange,
    ProviderError, Refusal, Stall,
};

/// The page of a provider whose front is up and whose back is not.
const HTML_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n\
    <body><center><h1>502 Bad Gateway</h1></center></body></html>\n";

/// How many characters are repeated where the script does not say.
const DEFAULT_TAIL: usize = 40;

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ConnectionName {
    Refuse,
    Lose,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EmptyName {
    Choices,
    Content,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PointFields {
    after: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StallFields {
    after: usize,
    r#for: Option<Span>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorFields {
    after: usize,
    status: Option<Status>,
    failure: Option<FailureName>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CutFields {
    after: usize,
    by: CutName,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CutName {
    Reset,
    Close,
    End,
}

/// Where and why an answer ends early.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FinishFields {
    after: usize,
    reason: String,
}

/// What a reply says of a limit on requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitFields {
    most: u64,
    left: u64,
    reset: Option<Span>,
}

/// A kind of failure, as scripts name it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FailureName {
    Unauthenticated,
    PermissionDenied,
    ModelNotFound,
    InvalidRequest,
    RequestTooLarge,
    ContextTooLong,
    ContentPolicy,
    QuotaExhausted,
    RateLimited,
    Overloaded,
    Server,
}

impl FailureName {
    const fn kind(self) -> ErrorKind {
        match self {
            Self::Unauthenticated => ErrorKind::Unauthenticated,
            Self::PermissionDenied => ErrorKind::PermissionDenied,
            Self::ModelNotFound => ErrorKind::ModelNotFound,
            Self::InvalidRequest => ErrorKind::InvalidRequest,
            Self::RequestTooLarge => ErrorKind::RequestTooLarge,
            Self::ContextTooLong => ErrorKind::ContextTooLong,
            Self::ContentPolicy => ErrorKind::ContentPolicy,
            Self::QuotaExhausted => ErrorKind::QuotaExhausted,
            Self::RateLimited => ErrorKind::RateLimited,
            Self::Overloaded => ErrorKind::Overloaded,
            Self::Server => ErrorKind::Server,
        }
    }
}

/// A way to continue, as scripts name it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ContinuationName {
    Exact,
    RefusePrefill,
    RepeatTail,
    StartOver,
    Diverge,
}

impl ContinuationName {
    pub(super) fn style(self, tail: Option<usize>) -> ContinuationStyle {
        match self {
            Self::Exact => ContinuationStyle::Exact,
            Self::RefusePrefill => ContinuationStyle::RefusePrefill,
            Self::RepeatTail => ContinuationStyle::RepeatTail(tail.unwrap_or(DEFAULT_TAIL)),
            Self::StartOver => ContinuationStyle::StartOver,
            Self::Diverge => ContinuationStyle::Diverge,
        }
    }
}

/// Chooses between the two ways to write a pace.
pub(super) fn gap(gap: Option<Span>, rate: Option<Rate>) -> Result<Option<Duration>, String> {
    match (gap, rate) {
        (Some(_), Some(_)) => {
            Err("`gap` and `tokens_per_second` say the same thing: keep one of them".to_owned())
        }
        (Some(gap), None) => Ok(Some(gap.0)),
        (None, rate) => Ok(rate.map(Rate::gap)),
    }
}

impl RuleFields {
    pub(super) fn fault(&self) -> Result<Fault, String> {
        let connection = self.connection.map(|name| match name {
            ConnectionName::Refuse => ConnectionFault::Refuse,
            ConnectionName::Lose => ConnectionFault::Lose,
        });
        let refusal = self.refusal()?;
        let silent = [connection.is_some(), self.hang, refusal.is_some()];
        if silent.into_iter().filter(|there| *there).count() > 1 {
            return Err(
                "a call can fail in one way only: keep one of `connection`, `hang`, and \
                `status`, `failure`, `body` or `html`, and write a rule of its own for each other"
                    .to_owned(),
            );
        }
        Ok(Fault {
            connection,
            delay: self.delay.map_or(Duration::ZERO, |span| span.0),
            hang: self.hang,
            refusal,
            retry_after: self.retry_after.map(|span| span.0),
            limit: self.limit.as_ref().map(LimitFields::read),
            headers: self.headers.0.clone(),
            pace: PaceChange {
                first_token: self.first_token.map(|span| span.0),
                gap: gap(self.gap, self.tokens_per_second)?,
            },
            empty: self.empty.map(|name| match name {
                EmptyName::Choices => Empty::Choices,
                EmptyName::Content => Empty::Content,
            }),
            malformed: self.malformed.as_ref().map(PointFields::read),
            unknown: self.unknown.as_ref().map(PointFields::read),
            finish: self.finish.as_ref().map(FinishFields::read),
            stall: self.stall.as_ref().map(StallFields::read),
            error: self.error.as_ref().map(ErrorFields::read).transpose()?,
            cut: self.cut.as_ref().map(CutFields::read),
            no_terminal: self.terminal == Some(false),
            continuation: self.continuation()?,
        })
    }

    fn refusal(&self) -> Result<Option<Refusal>, String> {
        let body = match (self.html, &self.body) {
            (true, Some(_)) => {
                return Err("`html` brings its own body: remove `html` or `body`".to_owned());
            }
            (true, None) => Some(HTML_PAGE),
            (false, body) => body.as_deref(),
        };
        if body.is_some() && self.message.is_some() {
            return Err(
                "`message` is for the API's own error body: remove it, or the body".to_owned(),
            );
        }
        if let Some(body) = body {
            return Ok(Some(Refusal::Raw {
                status: self.status.map_or(StatusCode::OK, |status| status.0),
                content_type: self.content_type(),
                body: body.to_owned(),
            }));
        }
        let Some(what) = failure(self.status, self.failure)? else {
            return match (&self.message, &self.content_type) {
                (None, None) => Ok(None),
                (Some(_), _) => {
                    Err("`message` needs a `status`, such as `status = 503`".to_owned())
                }
                (None, Some(_)) => Err("`content_type` needs a `body`".to_owned()),
            };
        };
        let message = self.message.clone();
        Ok(Some(Refusal::Error(ProviderError { what, message })))
    }

    fn content_type(&self) -> String {
        let usual = if self.html {
            "text/html"
        } else {
            "application/json"
        };
        self.content_type.as_deref().unwrap_or(usual).to_owned()
    }

    fn continuation(&self) -> Result<Option<ContinuationStyle>, String> {
        check_tail(self.continuation, self.tail)?;
        Ok(self.continuation.map(|name| name.style(self.tail)))
    }
}

/// Chooses between the two ways to say what an error is about.
fn failure(
    status: Option<Status>,
    failure: Option<FailureName>,
) -> Result<Option<Failure>, String> {
    match (status, failure) {
        (Some(_), Some(_)) => {
            Err("`failure` brings the vendor's own status: remove `status` or `failure`".to_owned())
        }
        (Some(Status(status)), None) if status.is_success() => Err(format!(
            "status {} alone is no fault: remove it, or give a `body`",
            status.as_u16()
        )),
        (Some(Status(status)), None) => Ok(Some(Failure::Status(status))),
        (None, failure) => Ok(failure.map(|name| Failure::Kind(name.kind()))),
    }
}

/// Refuses a length of tail where none is repeated.
pub(super) fn check_tail(
    name: Option<ContinuationName>,
    tail: Option<usize>,
) -> Result<(), String> {
    match (name, tail) {
        (Some(ContinuationName::RepeatTail), _) | (_, None) => Ok(()),
        _ => Err("`tail` needs `continuation = \"repeat-tail\"`".to_owned()),
    }
}

impl PointFields {
    fn read(&self) -> After<()> {
        After {
            tokens: self.after,
            what: (),
        }
    }
}

impl FinishFields {
    fn read(&self) -> After<FinishReason> {
        let what = match self.reason.as_str() {
            "stop" => FinishReason::Stop,
            "stop-sequence" => FinishReason::StopSequence,
            "length" => FinishReason::Length,
            "tool-calls" => FinishReason::ToolCalls,
            "content-filter" => FinishReason::ContentFilter,
            "refusal" => FinishReason::Refusal,
            "pause" => FinishReason::Pause,
            other => FinishReason::Other(other.to_owned()),
        };
        After {
            tokens: self.after,
            what,
        }
    }
}

impl LimitFields {
    fn read(&self) -> RateLimit {
        let mut limit = RateLimit::default();
        limit.limit = Some(self.most);
        limit.remaining = Some(self.left);
        limit.reset = self.reset.map(|span| span.0);
        limit
    }
}

impl StallFields {
    fn read(&self) -> After<Stall> {
        After {
            tokens: self.after,
            what: self.r#for.map_or(Stall::ForEver, |span| Stall::For(span.0)),
        }
    }
}

impl ErrorFields {
    fn read(&self) -> Result<After<ProviderError>, String> {
        if let Some(Status(status)) = self.status
            && status.is_success()
        {
            return Err(format!("status {} is no error's", status.as_u16()));
        }
        let usual = Failure::Status(StatusCode::INTERNAL_SERVER_ERROR);
        Ok(After {
            tokens: self.after,
            what: ProviderError {
                what: failure(self.status, self.failure)?.unwrap_or(usual),
                message: self.message.clone(),
            },
        })
    }
}

impl CutFields {
    fn read(&self) -> After<CutBy> {
        After {
            tokens: self.after,
            what: match self.by {
                CutName::Reset => CutBy::Reset,
                CutName::Close => CutBy::Close,
                CutName::End => CutBy::End,
            },
        }
    }
}
