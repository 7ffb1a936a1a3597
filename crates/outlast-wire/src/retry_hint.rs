//! How long a provider asks to wait.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

/// Returns how long the provider asks to wait before the next try.
pub fn retry_hint(headers: &HeaderMap, body: &str, received: SystemTime) -> Option<Duration> {
    let _ = (headers, received);
    hint_in_words(body)
}

/// Returns the wait that a message asks for.
pub fn hint_in_words(text: &str) -> Option<Duration> {
    let _ = text;
    None
}

/// Returns what the provider says about trying again.
pub fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}
