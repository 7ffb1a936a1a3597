//! The values a script is written in, each checked where it stands so that an error names its line.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

/// The longest time a script may name.
const MAX_SPAN: Duration = Duration::from_secs(7 * 24 * 3600);

/// The fastest pace in tokens per second.
const MAX_RATE: f64 = 1_000_000.0;

/// A length of time such as `250ms`, `2s` or `1m 30s`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Span(pub(super) Duration);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let span = humantime::parse_duration(&text).map_err(|_| {
            format!("`{text}` is no length of time: write it like \"250ms\", \"2s\" or \"1m 30s\"")
        })?;
        if span > MAX_SPAN {
            return Err(format!("`{text}` is too long: the most is 7 days"));
        }
        Ok(Self(span))
    }
}

/// The sigma of a log-normal time, from 0 to 3: at 3 one in a hundred is a thousand times the median.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Spread(pub(super) f64);

impl TryFrom<f64> for Spread {
    type Error = String;

    fn try_from(spread: f64) -> Result<Self, String> {
        if (0.0..=3.0).contains(&spread) {
            Ok(Self(spread))
        } else {
            Err(format!(
                "{spread} is no spread: use a number from 0 (none) to 3, such as 0.6"
            ))
        }
    }
}

/// A rate per second, above 0.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Rate(pub(super) f64);

impl TryFrom<f64> for Rate {
    type Error = String;

    fn try_from(rate: f64) -> Result<Self, String> {
        if rate > 0.0 && rate <= MAX_RATE {
            Ok(Self(rate))
        } else {
            Err(format!(
                "{rate} is no rate per second: use a number above 0 and up to 1000000"
            ))
        }
    }
}

impl Rate {
    /// Returns the time between two of them.
    pub(super) fn gap(self) -> Duration {
        // A rate close to 0 would overflow a duration.
        Duration::try_from_secs_f64(1.0 / self.0)
            .unwrap_or(MAX_SPAN)
            .min(MAX_SPAN)
    }
}

/// A probability, from 0 to 1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Probability(pub(super) f64);

impl TryFrom<f64> for Probability {
    type Error = String;

    fn try_from(probability: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&probability) {
            Ok(Self(probability))
        } else {
            Err(format!(
                "{probability} is no probability: use a number from 0 to 1, such as 0.2"
            ))
        }
    }
}

/// The status of a reply: 200 to 599.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u16")]
pub(super) struct Status(pub(super) StatusCode);

impl TryFrom<u16> for Status {
    type Error = String;

    fn try_from(code: u16) -> Result<Self, String> {
        match StatusCode::from_u16(code) {
            Ok(status) if (200..600).contains(&code) => Ok(Self(status)),
            _ => Err(format!(
                "{code} is no status of a reply: use 200 to 599, such as 503"
            )),
        }
    }
}

/// A number of words or tokens that an answer may have.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "usize")]
pub(super) struct Length(pub(super) usize);

impl TryFrom<usize> for Length {
    type Error = String;

    fn try_from(length: usize) -> Result<Self, String> {
        const MAX_WORDS: usize = 1_000_000;
        if length <= MAX_WORDS {
            Ok(Self(length))
        } else {
            Err(format!(
                "{length} words are too many: the most is {MAX_WORDS}"
            ))
        }
    }
}

/// Headers by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub(super) struct Headers(pub(super) HeaderMap);

impl TryFrom<BTreeMap<String, String>> for Headers {
    type Error = String;

    fn try_from(fields: BTreeMap<String, String>) -> Result<Self, String> {
        let mut headers = HeaderMap::with_capacity(fields.len());
        for (name, value) in fields {
            let field = HeaderName::try_from(&name)
                .map_err(|_| format!("`{name}` is no name of an HTTP header"))?;
            let value = HeaderValue::try_from(&value).map_err(|_| {
                format!("the value of header `{name}` has characters that HTTP forbids")
            })?;
            headers.insert(field, value);
        }
        Ok(Self(headers))
    }
}
