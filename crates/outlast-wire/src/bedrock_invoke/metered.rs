//! Token counts of a whole reply, as the service gives them in headers.

use http::HeaderMap;
use outlast_types::Usage;

use crate::retry_hint::header_text;

/// Reads the token counts in the headers of a whole reply; `None` if there are none.
///
/// The service counts for all vendors alike, in `x-amzn-bedrock-input-token-count` and its like. It is the only count
/// where the vendor's format has none: Claude's, Command's and Mistral's for texts, and Jurassic's. Input tokens are those
/// that came from no cache.
///
/// # Examples
///
/// ```
/// use http::HeaderMap;
/// use outlast_types::Usage;
/// use outlast_wire::bedrock_invoke::usage_in_headers;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(usage_in_headers(&headers), None);
/// headers.insert("x-amzn-bedrock-input-token-count", "23".parse()?);
/// headers.insert("x-amzn-bedrock-output-token-count", "32".parse()?);
/// assert_eq!(usage_in_headers(&headers), Some(Usage::new(23, 32)));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn usage_in_headers(headers: &HeaderMap) -> Option<Usage> {
    let count = |name: &str| -> Option<u64> { header_text(headers, name)?.parse().ok() };
    let input = count("x-amzn-bedrock-input-token-count");
    let output = count("x-amzn-bedrock-output-token-count");
    if input.is_none() && output.is_none() {
        return None;
    }
    let mut usage = Usage::new(input.unwrap_or(0), output.unwrap_or(0));
    usage.cached_read = count("x-amzn-bedrock-cache-read-input-token-count").unwrap_or(0);
    usage.cached_write = count("x-amzn-bedrock-cache-write-input-token-count").unwrap_or(0);
    Some(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_cache_had_is_counted_apart_and_what_is_no_count_is_nothing() {
        // The recording 4a8770311f1069af.
        let counts = [
            ("x-amzn-bedrock-cache-read-input-token-count", "9511"),
            ("x-amzn-bedrock-cache-write-input-token-count", "1956"),
            ("x-amzn-bedrock-input-token-count", "3"),
            ("x-amzn-bedrock-output-token-count", "44"),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in counts {
            headers.insert(name, value.parse().unwrap());
        }
        let usage = usage_in_headers(&headers).unwrap();
        assert_eq!((usage.input, usage.output), (3, 44));
        assert_eq!((usage.cached_read, usage.cached_write), (9511, 1956));

        headers.insert(counts[0].0, "<COUNT>".parse().unwrap());
        assert_eq!(usage_in_headers(&headers).unwrap().cached_read, 0);
        headers.insert(counts[2].0, "-3".parse().unwrap());
        headers.remove(counts[3].0);
        assert_eq!(usage_in_headers(&headers), None);
    }
}
