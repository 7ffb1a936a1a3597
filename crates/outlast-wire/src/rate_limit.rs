//! What a provider says about its rate limits, in every dialect.
//!
//! | headers | reset | who |
//! |---|---|---|
//! | `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` | span (`6m0s`) or seconds | OpenAI, Groq, Azure; xAI without reset |
//! | `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}` | RFC 3339 | Anthropic |
//! | `x-ratelimit-{limit,remaining,reset}` | moment in seconds or milliseconds | OpenRouter and other routers |
//! | `x-ratelimit-{limit,remaining}-{req,tokens}-minute`, `ratelimitbysize-*` | none, seconds | Mistral |
//! | `x-ratelimit-remaining-{requests,tokens}-minute` | none | Hugging Face |
//! | `ratelimit`, `ratelimit-policy`; `ratelimit-{limit,remaining,reset}` | seconds | the drafts of the IETF, Hugging Face |
//!
//! Where Anthropic counts input and output tokens apart, [`RateLimits::tokens`] is the limit on input tokens. A value
//! that is no number, such as a `-1` for "no limit" or a placeholder, is left out.
//!
//! # Examples
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use http::HeaderMap;
//! use outlast_wire::rate_limit::rate_limits;
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("x-ratelimit-limit-tokens", "200000".parse()?);
//! headers.insert("x-ratelimit-remaining-tokens", "150".parse()?);
//! headers.insert("x-ratelimit-reset-tokens", "2m7.93s".parse()?);
//! let tokens = rate_limits(&headers, SystemTime::UNIX_EPOCH).tokens.unwrap();
//! assert_eq!((tokens.limit, tokens.remaining), (Some(200_000), Some(150)));
//! assert_eq!(tokens.reset, Some(Duration::from_millis(127_930)));
//! # Ok::<(), http::header::InvalidHeaderValue>(())
//! ```

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use outlast_types::{RateLimit, RateLimits};

use crate::retry_hint::{header_text as text, sent_at};
use crate::wait;

/// The headers of one limit; an empty name stands for none.
struct Names {
    limit: &'static str,
    remaining: &'static str,
    reset: &'static str,
}

/// Limits on requests, the most telling first.
const REQUESTS: &[Names] = &[
    Names {
        limit: "x-ratelimit-limit-requests",
        remaining: "x-ratelimit-remaining-requests",
        reset: "x-ratelimit-reset-requests",
    },
    Names {
        limit: "anthropic-ratelimit-requests-limit",
        remaining: "anthropic-ratelimit-requests-remaining",
        reset: "anthropic-ratelimit-requests-reset",
    },
    Names {
        limit: "x-ratelimit-limit-req-minute",
        remaining: "x-ratelimit-remaining-req-minute",
        reset: "",
    },
    Names {
        limit: "",
        remaining: "x-ratelimit-remaining-requests-minute",
        reset: "",
    },
    Names {
        limit: "x-ratelimit-limit",
        remaining: "x-ratelimit-remaining",
        reset: "x-ratelimit-reset",
    },
    Names {
        limit: "ratelimit-limit",
        remaining: "ratelimit-remaining",
        reset: "ratelimit-reset",
    },
];

/// Limits on tokens, or on input tokens where they are counted apart.
const TOKENS: &[Names] = &[
    Names {
        limit: "anthropic-ratelimit-input-tokens-limit",
        remaining: "anthropic-ratelimit-input-tokens-remaining",
        reset: "anthropic-ratelimit-input-tokens-reset",
    },
    Names {
        limit: "x-ratelimit-limit-tokens",
        remaining: "x-ratelimit-remaining-tokens",
        reset: "x-ratelimit-reset-tokens",
    },
    Names {
        limit: "anthropic-ratelimit-tokens-limit",
        remaining: "anthropic-ratelimit-tokens-remaining",
        reset: "anthropic-ratelimit-tokens-reset",
    },
    Names {
        limit: "x-ratelimit-limit-tokens-minute",
        remaining: "x-ratelimit-remaining-tokens-minute",
        reset: "",
    },
    Names {
        limit: "ratelimitbysize-limit",
        remaining: "ratelimitbysize-remaining",
        reset: "ratelimitbysize-reset",
    },
];

const OUTPUT_TOKENS: &[Names] = &[Names {
    limit: "anthropic-ratelimit-output-tokens-limit",
    remaining: "anthropic-ratelimit-output-tokens-remaining",
    reset: "anthropic-ratelimit-output-tokens-reset",
}];

/// Reads the rate limits that came with a reply, a success or a failure. `received` is when it came: resets that are
/// moments are measured from the reply's own `date`, or else from then.
pub fn rate_limits(headers: &HeaderMap, received: SystemTime) -> RateLimits {
    let now = sent_at(headers).unwrap_or(received);
    let first = |dialects: &[Names]| dialects.iter().find_map(|names| names.read(headers, now));
    let mut limits = RateLimits::default();
    limits.requests = first(REQUESTS).or_else(|| ietf_draft(headers));
    limits.tokens = first(TOKENS);
    limits.output_tokens = first(OUTPUT_TOKENS);
    limits
}

/// Returns how long until all limits that are used up are reset; `None` if no limit is.
pub(crate) fn time_until_reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    [REQUESTS, TOKENS, OUTPUT_TOKENS]
        .into_iter()
        .flatten()
        .filter_map(|names| names.read(headers, now))
        .chain(ietf_draft(headers))
        .filter(|limit| limit.remaining == Some(0))
        .filter_map(|limit| limit.reset)
        .chain(subscription_reset(headers, now))
        .max()
}

impl Names {
    fn read(&self, headers: &HeaderMap, now: SystemTime) -> Option<RateLimit> {
        let mut read = RateLimit::default();
        read.limit = count(headers, self.limit);
        read.remaining = count(headers, self.remaining);
        read.reset = text(headers, self.reset).and_then(|text| wait::reset(text, now));
        (read.limit.is_some() || read.remaining.is_some()).then_some(read)
    }
}

/// Reads `ratelimit: "api";r=999;t=295` and `ratelimit-policy: "fixed window";"api";q=1000;w=300`
/// (draft-ietf-httpapi-ratelimit-headers).
fn ietf_draft(headers: &HeaderMap) -> Option<RateLimit> {
    let item = text(headers, "ratelimit")?;
    let mut limit = RateLimit::default();
    limit.remaining = parameter(item, "r");
    limit.reset = parameter(item, "t").map(Duration::from_secs);
    limit.limit = text(headers, "ratelimit-policy").and_then(|policy| parameter(policy, "q"));
    limit.remaining.is_some().then_some(limit)
}

fn parameter(item: &str, name: &str) -> Option<u64> {
    item.split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.parse().ok())
}

/// Reads the reset of an Anthropic subscription, which is only one if the call was rejected for it.
fn subscription_reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let rejected = text(headers, "anthropic-ratelimit-unified-status")? == "rejected";
    let reset = text(headers, "anthropic-ratelimit-unified-reset")?;
    if rejected {
        wait::reset(reset, now)
    } else {
        None
    }
}

fn count(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-26T06:00:50Z.
    const NOW: u64 = 1_769_407_250;

    fn read(headers: &[(&'static str, &'static str)]) -> RateLimits {
        rate_limits(
            &map(headers),
            SystemTime::UNIX_EPOCH + Duration::from_secs(NOW),
        )
    }

    fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn limit(
        limit: Option<u64>,
        remaining: Option<u64>,
        reset_ms: Option<u64>,
    ) -> Option<RateLimit> {
        let mut expected = RateLimit::default();
        expected.limit = limit;
        expected.remaining = remaining;
        expected.reset = reset_ms.map(Duration::from_millis);
        Some(expected)
    }

    #[test]
    fn openai_s_spans_and_azure_s_seconds_are_read() {
        let limits = read(&[
            ("x-ratelimit-limit-requests", "5000"),
            ("x-ratelimit-remaining-requests", "4999"),
            ("x-ratelimit-reset-requests", "12ms"),
            ("x-ratelimit-limit-tokens", "-1"),
            ("x-ratelimit-remaining-tokens", "159976"),
            ("x-ratelimit-reset-tokens", "7"),
        ]);
        assert_eq!(limits.requests, limit(Some(5000), Some(4999), Some(12)));
        assert_eq!(limits.tokens, limit(None, Some(159_976), Some(7000)));
    }

    #[test]
    fn anthropic_s_input_tokens_go_before_its_sum_of_both() {
        let limits = read(&[
            ("anthropic-ratelimit-tokens-limit", "480000"),
            ("anthropic-ratelimit-tokens-remaining", "480000"),
            ("anthropic-ratelimit-input-tokens-limit", "400000"),
            ("anthropic-ratelimit-input-tokens-remaining", "399000"),
            (
                "anthropic-ratelimit-input-tokens-reset",
                "2026-01-26T06:01:53Z",
            ),
            ("anthropic-ratelimit-output-tokens-remaining", "80000"),
        ]);
        assert_eq!(
            limits.tokens,
            limit(Some(400_000), Some(399_000), Some(63_000))
        );
        assert_eq!(limits.output_tokens, limit(None, Some(80_000), None));
    }

    #[test]
    fn a_moment_is_measured_from_the_reply_s_own_date() {
        let limits = read(&[
            ("date", "Mon, 26 Jan 2026 06:01:00 GMT"),
            ("x-ratelimit-limit", "1"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1769407320000"),
        ]);
        assert_eq!(limits.requests, limit(Some(1), Some(0), Some(60_000)));
    }

    #[test]
    fn the_ietf_s_draft_and_mistral_s_names_are_read() {
        let limits = read(&[
            ("ratelimit", "\"api\";r=999;t=295"),
            ("ratelimit-policy", "\"fixed window\";\"api\";q=1000;w=300"),
            ("ratelimitbysize-limit", "500000"),
            ("ratelimitbysize-remaining", "467979"),
            ("ratelimitbysize-reset", "19"),
        ]);
        assert_eq!(limits.requests, limit(Some(1000), Some(999), Some(295_000)));
        assert_eq!(
            limits.tokens,
            limit(Some(500_000), Some(467_979), Some(19_000))
        );
        let limits = read(&[
            ("x-ratelimit-limit-req-minute", "360"),
            ("x-ratelimit-remaining-req-minute", "358"),
        ]);
        assert_eq!(limits.requests, limit(Some(360), Some(358), None));
    }

    #[test]
    fn placeholders_say_nothing() {
        let limits = read(&[
            (
                "x-ratelimit-limit-requests",
                "X-RATELIMIT-LIMIT-REQUESTS-XXX",
            ),
            ("x-ratelimit-remaining-requests", "<REMAINING>"),
            ("x-ratelimit", "false"),
        ]);
        assert_eq!(limits, RateLimits::default());
    }

    #[test]
    fn only_limits_that_are_used_up_are_waited_for() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        let wait = |headers: &[_]| time_until_reset(&map(headers), now);
        let untouched = ("anthropic-ratelimit-requests-remaining", "50");
        let reset = ("anthropic-ratelimit-requests-reset", "2026-01-26T06:05:00Z");
        let used_up = ("anthropic-ratelimit-output-tokens-remaining", "0");
        let its_reset = (
            "anthropic-ratelimit-output-tokens-reset",
            "2026-01-26T06:01:20Z",
        );
        assert_eq!(wait(&[untouched, reset]), None);
        assert_eq!(
            wait(&[untouched, reset, used_up, its_reset]),
            Some(Duration::from_secs(30))
        );

        let unified = ("anthropic-ratelimit-unified-reset", "1769407350");
        let allowed = ("anthropic-ratelimit-unified-status", "allowed_warning");
        let rejected = ("anthropic-ratelimit-unified-status", "rejected");
        assert_eq!(wait(&[unified, allowed]), None);
        assert_eq!(wait(&[unified, rejected]), Some(Duration::from_secs(100)));
    }
}
