//! Texts that say how long to wait, or until when.

use std::time::{Duration, SystemTime};

/// The longest wait that is believed: 24 hours.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest text that is read as a number or a date, in bytes.
const MAX_TEXT: usize = 64;

/// Numbers from here on are no seconds to wait but a moment, in seconds since 1970 (here: 2001).
const FIRST_EPOCH_SECONDS: f64 = 1e9;

/// Numbers from here on are a moment in milliseconds since 1970 (here: 1973).
const FIRST_EPOCH_MILLIS: f64 = 1e11;

/// Returns the wait if it is one that can be believed.
pub(crate) fn believable(wait: Duration) -> Option<Duration> {
    (wait <= MAX_WAIT).then_some(wait)
}

/// Reads a plain decimal number that is not negative: no sign, no exponent, no `inf`.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.len() <= MAX_TEXT
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_plain { text.parse().ok() } else { None }
}

/// Reads decimal seconds, such as `16` or `0.5`.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(decimal(text)?).ok()
}

/// Reads decimal milliseconds.
pub(crate) fn millis(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(decimal(text)? / 1000.0).ok()
}

/// Reads a date in one of the three forms of HTTP (RFC 9110, 5.6.7), as the time from `now` until then.
pub(crate) fn http_date(text: &str, now: SystemTime) -> Option<Duration> {
    if text.len() > MAX_TEXT {
        return None;
    }
    Some(until(httpdate::parse_http_date(text).ok()?, now))
}

/// Reads when a limit is reset, as the time from `now` until then: a span such as `6m0s`, seconds, a moment in seconds
/// or milliseconds since 1970, or a date and time as in RFC 3339.
pub(crate) fn reset(text: &str, now: SystemTime) -> Option<Duration> {
    if text.len() > MAX_TEXT {
        return None;
    }
    match decimal(text) {
        Some(number) if number >= FIRST_EPOCH_MILLIS => since_1970(number / 1000.0, now),
        Some(number) if number >= FIRST_EPOCH_SECONDS => since_1970(number, now),
        Some(number) => Duration::try_from_secs_f64(number).ok(),
        None => span(text).or_else(|| rfc_3339(text, now)),
    }
}

/// Reads a span made of numbers with units and nothing else, such as `2m7.93s` or `120ms`.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let (span, rest) = leading_span(text)?;
    rest.is_empty().then_some(span)
}

/// Reads the span a text begins with, such as `9m38.016s` or `45 seconds`, and returns what follows it.
pub(crate) fn leading_span(text: &str) -> Option<(Duration, &str)> {
    let mut sum = Duration::ZERO;
    let mut rest = text;
    while let Some((piece, after)) = number_with_unit(rest) {
        sum = sum.checked_add(piece)?;
        rest = after;
    }
    // A number that is not zero may round to nothing, so it is the text that tells whether there was one.
    (rest.len() < text.len()).then_some((sum, rest))
}

fn number_with_unit(text: &str) -> Option<(Duration, &str)> {
    let (number, rest) = split_while(text, |c| c.is_ascii_digit() || c == '.');
    let (unit, rest) = split_while(rest.trim_start(), char::is_alphabetic);
    let seconds = decimal(number)? * seconds_of(unit)?;
    Some((Duration::try_from_secs_f64(seconds).ok()?, rest))
}

fn split_while(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let len = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at(len)
}

fn seconds_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" | "millisecond" | "milliseconds" => 1e-3,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}

fn since_1970(seconds: f64, now: SystemTime) -> Option<Duration> {
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    Some(until(SystemTime::UNIX_EPOCH.checked_add(since)?, now))
}

fn rfc_3339(text: &str, now: SystemTime) -> Option<Duration> {
    let moment = text.parse::<jiff::Timestamp>().ok()?;
    Some(until(SystemTime::try_from(moment).ok()?, now))
}

/// What is past is now.
fn until(moment: SystemTime, now: SystemTime) -> Duration {
    moment.duration_since(now).unwrap_or_default()
}
