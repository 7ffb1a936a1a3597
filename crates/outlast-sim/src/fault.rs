//! What a rule of the script does to a call, as data.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use outlast_types::{Error, ErrorKind, FinishReason, RateLimit};
use outlast_wire::error::kind_of_status;

use crate::vendor::Vendor;

/// What happens to a call. [`Fault::default`] is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fault {
    /// The connection fails before a reply.
    pub(crate) connection: Option<ConnectionFault>,
    /// A wait before the head of the reply.
    pub(crate) delay: Duration,
    /// There never is a reply.
    pub(crate) hang: bool,
    /// The reply is an error, or something else that is no answer.
    pub(crate) refusal: Option<Refusal>,
    /// How long an error asks to wait, in the vendor's own form.
    pub(crate) retry_after: Option<Duration>,
    /// What the reply says of a limit on requests, in the vendor's own form.
    pub(crate) limit: Option<RateLimit>,
    /// Headers of the reply, over the usual ones.
    pub(crate) headers: HeaderMap,
    /// How slowly the answer comes, where the script's own pace does not hold.
    pub(crate) pace: PaceChange,
    /// An answer that says nothing.
    pub(crate) empty: Option<Empty>,
    /// One frame in the middle that is no JSON.
    pub(crate) malformed: Option<After<()>>,
    /// One frame in the middle of a kind that nobody knows; an unknown field in a unary body.
    pub(crate) unknown: Option<After<()>>,
    /// The answer ends early, for this reason.
    pub(crate) finish: Option<After<FinishReason>>,
    /// The answer stands still.
    pub(crate) stall: Option<After<Stall>>,
    /// The answer ends in an error of the provider.
    pub(crate) error: Option<After<ProviderError>>,
    /// The answer is cut off.
    pub(crate) cut: Option<After<CutBy>>,
    /// The stream ends without saying why, and without its protocol's last event.
    pub(crate) no_terminal: bool,
    /// What becomes of a call that asks to go on, where the script's own way does not hold.
    pub(crate) continuation: Option<ContinuationStyle>,
}

/// A fault of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionFault {
    /// It is not accepted.
    Refuse,
    /// It is lost once the request was read.
    Lose,
}

/// A reply that is no answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refusal {
    /// An error in the API's own shape.
    Error(ProviderError),
    /// A body as the script gives it.
    Raw {
        status: StatusCode,
        content_type: String,
        body: String,
    },
}

/// An error that the provider reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProviderError {
    pub(crate) what: Failure,
    pub(crate) message: Option<String>,
}

/// What an error says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Whatever this status usually means.
    Status(StatusCode),
    /// This, with the vendor's own status and words.
    Kind(ErrorKind),
}

impl ProviderError {
    /// Returns the error as the vendor reports it.
    pub(crate) fn to_error(&self, vendor: &dyn Vendor, retry_after: Option<Duration>) -> Error {
        let error = match self.what {
            Failure::Status(status) => {
                let kind = kind_of_status(status);
                Error::new(kind)
                    .with_status(status)
                    .with_message(format!("This is a scripted failure: {}.", kind.describe()))
            }
            Failure::Kind(kind) => vendor.error(kind),
        };
        let error = error.with_retry_after(retry_after);
        match &self.message {
            Some(message) => error.with_message(message),
            None => error,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{}", status.as_u16()),
            Self::Kind(kind) => f.write_str(kind.as_str()),
        }
    }
}

/// Something that happens once this many tokens were sent, or at the end of a shorter answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct After<T> {
    pub(crate) tokens: usize,
    pub(crate) what: T,
}

/// How long an answer stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stall {
    For(Duration),
    ForEver,
}

/// How an answer is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CutBy {
    /// The connection is reset.
    Reset,
    /// The connection is closed in the middle of the body.
    Close,
    /// The body ends as HTTP wants it; only the rest of the answer is missing.
    End,
}

/// An answer that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    /// There is no choice in it.
    Choices,
    /// There is no text in it, and it cost nothing.
    Content,
}

/// How a call that asks to go on after a partial answer is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ContinuationStyle {
    /// It gets the rest.
    #[default]
    Exact,
    /// A prefill is refused with a 400; an instruction gets the rest.
    RefusePrefill,
    /// It gets the last characters of the partial answer again, and then the rest.
    RepeatTail(usize),
    /// It gets the whole answer from its beginning.
    StartOver,
    /// It gets another text.
    Diverge,
}

/// How fast an answer comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// The wait for the first token, after the head.
    pub(crate) first_token: Duration,
    /// The wait for each further token.
    pub(crate) gap: Duration,
}

/// What a rule changes about the pace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PaceChange {
    pub(crate) first_token: Option<Duration>,
    pub(crate) gap: Option<Duration>,
}

impl Pace {
    /// Returns the pace with this many times the wait for the first token.
    pub(crate) fn slowed(self, factor: f64) -> Self {
        let slow = Duration::try_from_secs_f64(self.first_token.as_secs_f64() * factor);
        Self {
            first_token: slow.unwrap_or(self.first_token),
            ..self
        }
    }

    /// Returns the wait for the token with this number, from 0.
    pub(crate) fn wait_for(self, token: usize) -> Duration {
        match token {
            0 => self.first_token,
            _ => self.gap,
        }
    }

    /// Returns how long an answer of so many tokens takes.
    pub(crate) fn whole(self, tokens: usize) -> Duration {
        let gaps = u32::try_from(tokens.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_token
            .saturating_add(self.gap.saturating_mul(gaps))
    }
}

impl PaceChange {
    /// Returns `usual` with the change.
    pub(crate) fn of(self, usual: Pace) -> Pace {
        Pace {
            first_token: self.first_token.unwrap_or(usual.first_token),
            gap: self.gap.unwrap_or(usual.gap),
        }
    }
}

impl fmt::Display for Fault {
    /// Writes what happens in words, as the log shows it; nothing for no fault.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        words.extend(self.connection.map(|fault| match fault {
            ConnectionFault::Refuse => "refuse connection".to_owned(),
            ConnectionFault::Lose => "lose connection".to_owned(),
        }));
        if !self.delay.is_zero() {
            words.push(format!("delay {}", humantime::format_duration(self.delay)));
        }
        if self.hang {
            words.push("hang".to_owned());
        }
        words.extend(self.refusal.as_ref().map(Refusal::to_string));
        words.extend(
            self.pace
                .first_token
                .map(|wait| format!("first token after {}", humantime::format_duration(wait))),
        );
        words.extend(
            self.pace
                .gap
                .map(|gap| format!("a token every {}", humantime::format_duration(gap))),
        );
        words.extend(self.empty.map(|empty| match empty {
            Empty::Choices => "no choices".to_owned(),
            Empty::Content => "no content".to_owned(),
        }));
        words.extend(self.malformed.as_ref().map(|at| at.describe("malformed")));
        words.extend(self.unknown.as_ref().map(|at| at.describe("unknown")));
        words.extend(
            self.finish
                .as_ref()
                .map(|at| at.describe(&format!("finish {}", at.what.as_str()))),
        );
        words.extend(self.stall.as_ref().map(|at| at.describe("stall")));
        words.extend(
            self.error
                .as_ref()
                .map(|at| at.describe(&format!("error {}", at.what.what))),
        );
        words.extend(self.cut.as_ref().map(|at| at.describe(at.what.as_str())));
        if self.no_terminal {
            words.push("no terminal event".to_owned());
        }
        words.extend(self.continuation.map(ContinuationStyle::describe));
        f.write_str(&words.join(", "))
    }
}

impl<T> After<T> {
    fn describe(&self, what: &str) -> String {
        format!("{what} after {} tokens", self.tokens)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => match error.what {
                Failure::Status(status) => write!(f, "status {}", status.as_u16()),
                Failure::Kind(kind) => write!(f, "failure {kind}"),
            },
            Self::Raw {
                status,
                content_type,
                ..
            } => write!(f, "status {} with {content_type}", status.as_u16()),
        }
    }
}

impl CutBy {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Close => "close",
            Self::End => "end",
        }
    }
}

impl ContinuationStyle {
    fn describe(self) -> String {
        match self {
            Self::Exact => "continue exactly".to_owned(),
            Self::RefusePrefill => "refuse prefill".to_owned(),
            Self::RepeatTail(chars) => format!("repeat the last {chars} characters"),
            Self::StartOver => "start over".to_owned(),
            Self::Diverge => "diverge".to_owned(),
        }
    }
}
