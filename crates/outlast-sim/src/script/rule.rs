//! One rule as it is written, and what it means.

use std::num::NonZeroU64;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use super::values::{Headers, Probability, Rate, Span, Status};
use crate::fault::{
    After, ConnectionFault, ContinuationStyle, CutBy, Empty, Fault, PaceChange, ProviderError,
    Refusal, Stall,
};

/// The page of a provider whose front is up and whose back is not.
const HTML_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n\
    <body><center><h1>502 Bad Gateway</h1></center></body></html>\n";

/// How many characters are repeated where the script does not say.
const DEFAULT_TAIL: usize = 40;

/// When something happens, and what.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// What the log calls it.
    pub(crate) name: Option<String>,
    pub(crate) when: When,
    pub(crate) fault: Fault,
}

/// Which calls a rule applies to: those that meet every condition.
#[derive(Clone, Debug, Default)]
pub(crate) struct When {
    /// The time it begins to apply.
    pub(crate) from: Duration,
    /// The time it ceases to.
    pub(crate) until: Option<Duration>,
    /// The periods in which it applies, in turn.
    pub(crate) flap: Option<Flap>,
    /// The kind of call.
    pub(crate) only: Option<Only>,
    /// The model, with `*` for any characters.
    pub(crate) model: Option<String>,
    /// Each call of this many.
    pub(crate) every: Option<NonZeroU64>,
    /// How likely it is.
    pub(crate) probability: Option<f64>,
    /// What has to be used up.
    pub(crate) capacity: Option<Capacity>,
    /// How many times it applies in all.
    pub(crate) times: Option<u64>,
}

/// A healthy period and a faulty one, in turn, the healthy first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flap {
    pub(crate) healthy: Duration,
    pub(crate) faulty: Duration,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Only {
    Stream,
    Unary,
}

/// How many calls are served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub(crate) per_second: Option<f64>,
    pub(crate) concurrent: Option<usize>,
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFields {
    name: Option<String>,
    from: Option<Span>,
    until: Option<Span>,
    flap: Option<FlapFields>,
    only: Option<Only>,
    model: Option<String>,
    every: Option<NonZeroU64>,
    probability: Option<Probability>,
    capacity: Option<CapacityFields>,
    times: Option<u64>,

    connection: Option<ConnectionName>,
    delay: Option<Span>,
    #[serde(default)]
    hang: bool,
    status: Option<Status>,
    message: Option<String>,
    body: Option<String>,
    content_type: Option<String>,
    #[serde(default)]
    html: bool,
    #[serde(default)]
    headers: Headers,
    first_token: Option<Span>,
    gap: Option<Span>,
    tokens_per_second: Option<Rate>,
    empty: Option<EmptyName>,
    malformed: Option<MalformedFields>,
    stall: Option<StallFields>,
    error: Option<ErrorFields>,
    cut: Option<CutFields>,
    terminal: Option<bool>,
    continuation: Option<ContinuationName>,
    tail: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlapFields {
    healthy: Span,
    faulty: Span,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CapacityFields {
    per_second: Option<Rate>,
    concurrent: Option<usize>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ConnectionName {
    Refuse,
    Lose,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EmptyName {
    Choices,
    Content,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MalformedFields {
    after: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StallFields {
    after: usize,
    r#for: Option<Span>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorFields {
    after: usize,
    status: Option<Status>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CutFields {
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

impl TryFrom<RuleFields> for Rule {
    type Error = String;

    fn try_from(fields: RuleFields) -> Result<Self, String> {
        Ok(Self {
            when: fields.when()?,
            fault: fields.fault()?,
            name: fields.name,
        })
    }
}

impl RuleFields {
    fn when(&self) -> Result<When, String> {
        let from = self.from.map_or(Duration::ZERO, |span| span.0);
        let until = self.until.map(|span| span.0);
        if until.is_some_and(|until| until <= from) {
            return Err("the rule never applies: `until` must be later than `from`".to_owned());
        }
        Ok(When {
            from,
            until,
            flap: self.flap.as_ref().map(FlapFields::read).transpose()?,
            only: self.only,
            model: self.model.clone(),
            every: self.every,
            probability: self.probability.map(|probability| probability.0),
            capacity: self
                .capacity
                .as_ref()
                .map(CapacityFields::read)
                .transpose()?,
            times: self.times,
        })
    }

    fn fault(&self) -> Result<Fault, String> {
        let connection = self.connection.map(|name| match name {
            ConnectionName::Refuse => ConnectionFault::Refuse,
            ConnectionName::Lose => ConnectionFault::Lose,
        });
        let refusal = self.refusal()?;
        let silent = [connection.is_some(), self.hang, refusal.is_some()];
        if silent.into_iter().filter(|there| *there).count() > 1 {
            return Err(
                "a call can fail in one way only: keep one of `connection`, `hang`, and \
                `status`, `body` or `html`, and write a rule of its own for each other"
                    .to_owned(),
            );
        }
        Ok(Fault {
            connection,
            delay: self.delay.map_or(Duration::ZERO, |span| span.0),
            hang: self.hang,
            refusal,
            headers: self.headers.0.clone(),
            pace: PaceChange {
                first_token: self.first_token.map(|span| span.0),
                gap: gap(self.gap, self.tokens_per_second)?,
            },
            empty: self.empty.map(|name| match name {
                EmptyName::Choices => Empty::Choices,
                EmptyName::Content => Empty::Content,
            }),
            malformed: self.malformed.as_ref().map(|fields| After {
                tokens: fields.after,
                what: (),
            }),
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
        let Some(Status(status)) = self.status else {
            return match (&self.message, &self.content_type) {
                (None, None) => Ok(None),
                (Some(_), _) => {
                    Err("`message` needs a `status`, such as `status = 503`".to_owned())
                }
                (None, Some(_)) => Err("`content_type` needs a `body`".to_owned()),
            };
        };
        if status.is_success() {
            return Err(format!(
                "status {} alone is no fault: remove it, or give a `body`",
                status.as_u16()
            ));
        }
        let message = self.message.clone();
        Ok(Some(Refusal::Error(ProviderError { status, message })))
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

impl FlapFields {
    fn read(&self) -> Result<Flap, String> {
        if self.faulty.0.is_zero() {
            return Err("`faulty` must be longer than 0".to_owned());
        }
        Ok(Flap {
            healthy: self.healthy.0,
            faulty: self.faulty.0,
        })
    }
}

impl CapacityFields {
    fn read(&self) -> Result<Capacity, String> {
        if self.per_second.is_none() && self.concurrent.is_none() {
            return Err("`capacity` needs `per_second`, `concurrent` or both".to_owned());
        }
        Ok(Capacity {
            per_second: self.per_second.map(|rate| rate.0),
            concurrent: self.concurrent,
        })
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
        let status = self
            .status
            .map_or(StatusCode::INTERNAL_SERVER_ERROR, |status| status.0);
        if status.is_success() {
            return Err(format!("status {} is no error's", status.as_u16()));
        }
        Ok(After {
            tokens: self.after,
            what: ProviderError {
                status,
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
