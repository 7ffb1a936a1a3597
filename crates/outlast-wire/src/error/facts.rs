//! What the headers of a reply say about a failure.

use http::{HeaderMap, HeaderName};

/// The names under which providers send their id of a call, the most telling first. The last are those of the networks
/// in front of them.
const REQUEST_ID_NAMES: &[&str] = &[
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "apim-request-id",
    "x-ms-request-id",
    "x-generation-id",
    "x-trace-id",
    "cf-ray",
];

/// The longest value of a header that is kept, in bytes.
const MAX_VALUE: usize = 256;

/// The most headers that are kept.
const MAX_KEPT: usize = 48;

/// Returns the provider's id of a call.
///
/// ```
/// use http::HeaderMap;
/// use outlast_wire::error::request_id;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("cf-ray", "9a1-FRA".parse()?);
/// headers.insert("request-id", "req_1".parse()?);
/// assert_eq!(request_id(&headers).as_deref(), Some("req_1"));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_ID_NAMES
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok())
        .find(|id| !id.is_empty() && id.len() <= MAX_VALUE)
        .map(str::to_owned)
}

/// Returns the headers that bear on a failure: ids, rate limits, hints to wait, date and type of the body. All others
/// stay behind, and with them whatever secret they may hold.
pub fn kept_headers(headers: &HeaderMap) -> HeaderMap {
    headers
        .iter()
        .filter(|(name, value)| is_kept(name) && value.len() <= MAX_VALUE)
        .take(MAX_KEPT)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn is_kept(name: &HeaderName) -> bool {
    let name = name.as_str();
    REQUEST_ID_NAMES.contains(&name)
        || name.contains("ratelimit")
        || name.contains("retry-after")
        || matches!(
            name,
            "content-type"
                | "date"
                | "server"
                | "x-amzn-errortype"
                | "x-ms-region"
                | "x-should-retry"
        )
}
