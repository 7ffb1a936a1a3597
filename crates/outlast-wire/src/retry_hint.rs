//! How long a provider asks to wait.
//!
//! Every provider says it in its own way, some in several at once. [`retry_hint`] reads them in this order and takes
//! the first that makes sense:
//!
//! | where | form | who |
//! |---|---|---|
//! | `retry-after-ms`, `x-ms-retry-after-ms` | milliseconds | Azure, OpenAI |
//! | `retry-after` | seconds, also with decimals, or one of the three dates of HTTP | most |
//! | `retryDelay` in the body | `48.9s` | Google (`google.rpc.RetryInfo`) |
//! | the words of the body | "Please try again in 9m38.016s", "Please retry after 45 seconds" | OpenAI, Groq, Azure |
//! | the reset of a limit that is used up | see [`crate::rate_limit`] | Anthropic, OpenRouter and others |
//!
//! A reset comes last: it tells when a limit is whole again, which is later than when the next call would pass; and
//! only a limit with nothing left counts, for an untouched one is reset "now".
//!
//! Negative times, `NaN`, `inf`, numbers with exponents, times beyond 24 hours and placeholders are ignored. A date
//! that is past is no wait. Dates are measured from the reply's own `date`, which the provider's clock wrote too.
//!
//! # Examples
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use http::HeaderMap;
//! use outlast_wire::retry_hint::retry_hint;
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("date", "Wed, 21 Oct 2026 07:28:00 GMT".parse()?);
//! headers.insert("retry-after", "Wed, 21 Oct 2026 07:28:16 GMT".parse()?);
//! let hint = retry_hint(&headers, "", SystemTime::UNIX_EPOCH);
//! assert_eq!(hint, Some(Duration::from_secs(16)));
//! # Ok::<(), http::header::InvalidHeaderValue>(())
//! ```

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::rate_limit::time_until_reset;
use crate::wait;

/// How much of a body is searched for a hint, in bytes.
const SEARCHED: usize = 16 * 1024;

/// Returns how long the provider asks to wait before the next try, at most 24 hours. `received` is when the reply came.
pub fn retry_hint(headers: &HeaderMap, body: &str, received: SystemTime) -> Option<Duration> {
    let now = sent_at(headers).unwrap_or(received);
    in_headers(headers, now)
        .or_else(|| retry_delay(body))
        .or_else(|| hint_in_words(body))
        .or_else(|| time_until_reset(headers, now).and_then(wait::believable))
}

/// Returns whether the provider says that the same call may succeed later (`x-should-retry`, of Anthropic and OpenAI).
pub fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match header_text(headers, "x-should-retry")? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Returns the wait that a message for people asks for.
///
/// ```
/// use std::time::Duration;
/// use outlast_wire::retry_hint::hint_in_words;
///
/// let words = "Rate limit reached. Please try again in 1m2.5s. Visit ...";
/// assert_eq!(hint_in_words(words), Some(Duration::from_millis(62_500)));
/// assert_eq!(hint_in_words("Please try again later."), None);
/// ```
pub fn hint_in_words(text: &str) -> Option<Duration> {
    let text = beginning(text).to_ascii_lowercase();
    [
        "try again in ",
        "try again after ",
        "retry in ",
        "retry after ",
    ]
    .iter()
    .filter_map(|phrase| text.split_once(phrase))
    .filter_map(|(_, after)| wait::leading_span(after))
    .find_map(|(span, _)| wait::believable(span))
}

/// Returns when the provider sent the reply, by its own clock.
pub(crate) fn sent_at(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(header_text(headers, "date")?).ok()
}

/// Reads the headers made for the purpose. Some Azure deployments send `retry-after-ms: 0` beside `retry-after: 1`: of
/// the two the one that waits is meant.
fn in_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let millis = ["retry-after-ms", "x-ms-retry-after-ms"]
        .iter()
        .find_map(|name| wait::believable(wait::millis(header_text(headers, name)?)?));
    let seconds = || {
        let value = header_text(headers, "retry-after")?;
        wait::believable(wait::seconds(value).or_else(|| wait::http_date(value, now))?)
    };
    match millis {
        Some(Duration::ZERO) => seconds().or(millis),
        Some(_) => millis,
        None => seconds(),
    }
}

/// Finds `"retryDelay": "34.4s"` anywhere in a body, also where the body is quoted inside another.
pub(crate) fn retry_delay(body: &str) -> Option<Duration> {
    let (_, after) = beginning(body).split_once("retryDelay")?;
    let value = after.trim_start_matches(|c: char| c.is_whitespace() || "\\\":".contains(c));
    let (span, _) = wait::leading_span(value)?;
    wait::believable(span)
}

fn beginning(text: &str) -> &str {
    let end = (0..=SEARCHED.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// Returns the text of a header.
pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hint(headers: &[(&str, &str)], body: &str) -> Option<Duration> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            map.append(name, value.parse().unwrap());
        }
        // Wed, 21 Oct 2026 07:28:00 GMT.
        let received = SystemTime::UNIX_EPOCH + Duration::from_secs(1_792_567_680);
        retry_hint(&map, body, received)
    }

    fn ms(millis: u64) -> Option<Duration> {
        Some(Duration::from_millis(millis))
    }

    #[test]
    fn every_form_of_retry_after_is_understood() {
        let check =
            |value, expect| assert_eq!(hint(&[("retry-after", value)], ""), expect, "{value}");
        check("16", ms(16_000));
        check("0.5", ms(500));
        check("0", ms(0));
        check("86400", ms(86_400_000));
        check("Wed, 21 Oct 2026 07:28:10 GMT", ms(10_000));
        check("Wednesday, 21-Oct-26 07:28:10 GMT", ms(10_000));
        check("Wed Oct 21 07:28:10 2026", ms(10_000));
        check("Wed, 21 Oct 2020 07:28:00 GMT", ms(0));
    }

    #[test]
    fn what_makes_no_sense_is_ignored() {
        let digits = "9".repeat(5000);
        for value in [
            "-1",
            "+5",
            "NaN",
            "inf",
            "1e309",
            "1e2",
            "",
            " ",
            "soon",
            "0x10",
            "1_000",
            "86401",
            "1.2.3",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Fri, 31 Dec 10000 23:59:59 GMT",
            "<RETRY_AFTER>",
            "RETRY-AFTER-XXX",
            &digits,
        ] {
            assert_eq!(hint(&[("retry-after", value)], ""), None, "{value}");
            assert_eq!(
                hint(&[("retry-after-ms", value)], ""),
                if value == "86401" { ms(86_401) } else { None },
                "{value}"
            );
        }
    }

    #[test]
    fn milliseconds_go_first_but_zero_beside_a_second_loses() {
        let both =
            |millis, seconds| hint(&[("retry-after-ms", millis), ("retry-after", seconds)], "");
        assert_eq!(both("250", "1"), ms(250));
        assert_eq!(both("0", "1"), ms(1000));
        assert_eq!(both("0", "soon"), ms(0));
        assert_eq!(both("-5", "1"), ms(1000));
        assert_eq!(hint(&[("x-ms-retry-after-ms", "300")], ""), ms(300));
    }

    #[test]
    fn a_date_is_measured_from_the_reply_s_own_date() {
        let headers = [
            ("date", "Sat, 01 Jan 2000 00:00:00 GMT"),
            ("retry-after", "Sat, 01 Jan 2000 00:00:07 GMT"),
        ];
        assert_eq!(hint(&headers, ""), ms(7000));
    }

    #[test]
    fn the_words_of_every_provider_are_understood() {
        let check = |words, expect| assert_eq!(hint(&[], words), expect, "{words}");
        check(
            "Please try again in 174ms. Visit https://platform.openai.com/",
            ms(174),
        );
        check("Please try again in 3.89s.", ms(3890));
        check("Please try again in 9m38.016s.", ms(578_016));
        check("Please retry after 45 seconds.", ms(45_000));
        check("Please retry after 86400 seconds.", ms(86_400_000));
        check("Please retry after 86401 seconds.", None);
        check("Rate limit is exceeded. Try again in 2 seconds.", ms(2000));
        check("Please try again in 1h2m", ms(3_720_000));
        check("Please retry in 48.5s.", ms(48_500));
        check("Please try again later.", None);
        check("Please try again in a moment", None);
        check("Please try again in -5s", None);
        check(
            "try again in 99999999999999999999999999999999999999999999999999999999999999999s",
            None,
        );
        check("try again in 5 parsecs", None);
    }

    #[test]
    fn google_s_retry_delay_is_found_plain_and_quoted_in_a_string() {
        let plain = r#"{"error":{"code":429,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay": "34.4s"}]}}"#;
        assert_eq!(hint(&[], plain), ms(34_400));
        let quoted = r#"{"error":{"message":"{\n \"retryDelay\": \"48s\"}"}}"#;
        assert_eq!(hint(&[], quoted), ms(48_000));
    }

    #[test]
    fn a_reset_counts_only_for_a_limit_that_is_used_up_and_only_without_a_better_hint() {
        let used_up = [
            ("x-ratelimit-remaining-requests", "10"),
            ("x-ratelimit-reset-requests", "6m0s"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "8.64s"),
        ];
        assert_eq!(hint(&used_up, ""), ms(8640));
        assert_eq!(hint(&used_up, "Please try again in 174ms"), ms(174));
        assert_eq!(hint(&used_up[..2], ""), None);

        // OpenRouter: a moment in milliseconds.
        let moment = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1792567685000"),
        ];
        assert_eq!(hint(&moment, ""), ms(5000));
        let too_far = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1892567685000"),
        ];
        assert_eq!(hint(&too_far, ""), None);
    }

    #[test]
    fn anthropic_s_retry_after_goes_before_its_reset() {
        let headers = [
            ("retry-after", "16"),
            ("anthropic-ratelimit-input-tokens-remaining", "0"),
            (
                "anthropic-ratelimit-input-tokens-reset",
                "2026-10-21T07:29:03Z",
            ),
        ];
        assert_eq!(hint(&headers, ""), ms(16_000));
        assert_eq!(hint(&headers[1..], ""), ms(63_000));
    }

    #[test]
    fn should_retry_is_yes_no_or_nothing() {
        let check = |value: &'static str, expect| {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static("x-should-retry"),
                http::HeaderValue::from_static(value),
            )]);
            assert_eq!(should_retry(&headers), expect);
        };
        check("true", Some(true));
        check("false", Some(false));
        check("<X_SHOULD_RETRY>", None);
        assert_eq!(should_retry(&HeaderMap::new()), None);
    }

    proptest! {
        #[test]
        fn no_header_and_no_body_makes_it_panic_or_wait_longer_than_a_day(
            value in "[ -~]{0,40}|[0-9]{1,30}|[0-9.]{1,12}(ms|s|m|h)",
            words in "(try again in |retryDelay\":\"|retry after )[ -~µ]{0,30}",
        ) {
            for name in ["retry-after", "retry-after-ms", "x-ratelimit-reset-tokens", "x-ratelimit-reset", "date"] {
                let found = hint(&[(name, &value), ("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-remaining", "0")], &words);
                prop_assert!(found.is_none_or(|wait| wait <= Duration::from_secs(86_400)));
            }
        }
    }
}
