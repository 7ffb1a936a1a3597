//! What kind of failure the error bodies of many providers report, whatever status they come with.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outlast_types::{Error, ErrorKind, Phase, Sent};
use outlast_wire::ErrorReply;
use outlast_wire::error::{ErrorBody, kept_headers, kind_of_status, request_id};

use ErrorKind as Kind;

fn body(code: &str, kind: &str, message: &str) -> ErrorBody {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ErrorBody {
        code: some(code),
        kind: some(kind),
        message: some(message),
        ..ErrorBody::default()
    }
}

fn read(status: u16, body: ErrorBody, headers: &HeaderMap) -> Error {
    let reply = ErrorReply {
        status: StatusCode::from_u16(status).unwrap_or_default(),
        headers,
        body: &Bytes::new(),
        received: SystemTime::UNIX_EPOCH,
    };
    body.into_error(&reply)
}

/// Checks the kind of errors written as status, code, type, message.
fn check(expect: Kind, cases: &[(u16, &str, &str, &str)]) {
    for &(status, code, kind, message) in cases {
        let error = read(status, body(code, kind, message), &HeaderMap::new());
        assert_eq!(
            error.kind(),
            expect,
            "{status} {code:?} {kind:?} {message:?}"
        );
    }
}

#[test]
fn google_s_words_for_a_large_request_and_for_a_refused_one_are_known() {
    let too_large = "Request payload size exceeds the limit: 20971520 bytes.";
    let google = |message| [(400, "400", "INVALID_ARGUMENT", message)];
    check(Kind::RequestTooLarge, &google(too_large));
    let refused = "The prompt could not be submitted. This prompt contains sensitive words that violate Google's \
                   Responsible AI practices. Try rephrasing the prompt.";
    check(Kind::ContentPolicy, &google(refused));
}

#[test]
fn a_full_context_is_known_at_every_provider() {
    check(
        Kind::ContextTooLong,
        &[
            (
                400,
                "context_length_exceeded",
                "invalid_request_error",
                "This model's maximum context length is 8192 tokens. However, your messages resulted in 8227 tokens.",
            ),
            (
                400,
                "invalid_request_error",
                "invalid_request_error",
                "This model's maximum context length is 1048565 tokens. However, you requested 1250025 tokens (1250025 in the messages, 0 in the completion).",
            ),
            (
                400,
                "",
                "invalid_request_error",
                "prompt is too long: 208310 tokens > 200000 maximum",
            ),
            (
                400,
                "",
                "invalid_request_error",
                "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
            ),
            (
                400,
                "400",
                "INVALID_ARGUMENT",
                "The input token count (3475108) exceeds the maximum number of tokens allowed (1048576).",
            ),
            (
                400,
                "400",
                "",
                "This endpoint's maximum context length is 200000 tokens. However, you requested about 2500021 tokens (2500021 of text input).",
            ),
            (
                400,
                "",
                "",
                "The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.",
            ),
            (
                400,
                "TOO_MANY_TOKENS",
                "",
                "too many tokens: size limit exceeded by 25836 tokens. Try using shorter or fewer inputs.",
            ),
            (
                400,
                "400",
                "too_many_prompt_tokens",
                "The total length of all messages is too long.",
            ),
            (
                400,
                "400",
                "exceed_context_size_error",
                "request (2009 tokens) exceeds the available context size (512 tokens), try increasing it",
            ),
        ],
    );
}

#[test]
fn what_only_looks_like_a_full_context_is_none() {
    let output_cap = "max_tokens: 21333 > 4096, which is the maximum allowed number of output tokens for claude-3-opus-20240229";
    check(
        Kind::InvalidRequest,
        &[(400, "", "invalid_request_error", output_cap)],
    );
    let key_limit = "Prompt tokens limit exceeded: 230799 > 91442. To increase, visit https://openrouter.ai/settings/keys";
    check(Kind::QuotaExhausted, &[(402, "402", "", key_limit)]);
    let too_fast = "Too many tokens, please wait before trying again.";
    check(Kind::RateLimited, &[(429, "", "", too_fast)]);
}

#[test]
fn an_empty_account_is_told_from_a_rate_limit() {
    let spent = "You exceeded your current quota, please check your plan and billing details.";
    check(
        Kind::QuotaExhausted,
        &[
            (429, "insufficient_quota", "insufficient_quota", spent),
            (429, "429", "RESOURCE_EXHAUSTED", spent),
            (
                400,
                "",
                "invalid_request_error",
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
            ),
            (
                402,
                "invalid_request_error",
                "unknown_error",
                "Insufficient Balance",
            ),
            (
                402,
                "402",
                "",
                "This request requires more credits, or fewer max_tokens.",
            ),
            (
                403,
                "permission-denied",
                "",
                "You have run out of credits or need a Grok subscription.",
            ),
            (
                429,
                "",
                "",
                "Your team has either used all available credits or reached its monthly spending limit.",
            ),
        ],
    );
    check(
        Kind::RateLimited,
        &[
            (
                429,
                "rate_limit_exceeded",
                "tokens",
                "Rate limit reached for gpt-4.1. Please try again in 174ms.",
            ),
            (
                429,
                "",
                "rate_limit_error",
                "This request would exceed the rate limit for your organization of 40,000 input tokens per minute.",
            ),
            (
                429,
                "429",
                "RESOURCE_EXHAUSTED",
                "You exceeded your current quota, please check your plan and billing details. Please retry in 48.9s.",
            ),
            (
                429,
                "429",
                "RESOURCE_EXHAUSTED",
                "Resource has been exhausted (e.g. check quota).",
            ),
            (
                429,
                "429",
                "",
                "Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current AIServices S0 pricing tier. Please retry after 86400 seconds.",
            ),
            (429, "1300", "rate_limited", "Rate limit exceeded"),
            (
                429,
                "429",
                "",
                "Rate limit exceeded: limit_rpm/x. High demand for x on OpenRouter - limited to 1 requests per minute. Please retry shortly.",
            ),
            (
                413,
                "rate_limit_exceeded",
                "tokens",
                "Request too large for model `llama` on tokens per minute (TPM): Limit 6000, Requested 14810",
            ),
        ],
    );
}

#[test]
fn an_overload_is_no_fault_of_ours_even_as_a_429() {
    check(
        Kind::Overloaded,
        &[
            (529, "", "overloaded_error", "Overloaded"),
            (
                503,
                "",
                "server_error",
                "That model is currently overloaded with other requests.",
            ),
            (
                503,
                "503",
                "UNAVAILABLE",
                "The model is overloaded. Please try again later.",
            ),
            (
                429,
                "",
                "invalid_request_error",
                "Service tier capacity exceeded for this model.",
            ),
            (
                429,
                "429",
                "",
                "The system is currently experiencing high demand and cannot process your request. Please retry after 20 seconds.",
            ),
            (503, "", "", ""),
        ],
    );
    check(
        Kind::SlowDown,
        &[(429, "slow_down", "", ""), (503, "slow_down", "", "")],
    );
}

#[test]
fn a_wrong_key_is_known_whatever_the_status() {
    check(
        Kind::Unauthenticated,
        &[
            (
                401,
                "invalid_api_key",
                "invalid_request_error",
                "Incorrect API key provided: invalid-*****2345.",
            ),
            (
                401,
                "invalid_request_error",
                "authentication_error",
                "Authentication Fails, Your api key: ****-key is invalid",
            ),
            (
                400,
                "invalid-argument",
                "",
                "Incorrect API key provided. You can obtain an API key from https://console.x.ai.",
            ),
            (
                400,
                "API_KEY_INVALID",
                "INVALID_ARGUMENT",
                "API key not valid. Please pass a valid API key.",
            ),
            (
                400,
                "400",
                "INVALID_ARGUMENT",
                "API key not valid. Please pass a valid API key.",
            ),
            (
                401,
                "401",
                "",
                "Access denied due to invalid subscription key or wrong API endpoint.",
            ),
            (401, "", "api_error", "Unauthorized"),
        ],
    );
    check(
        Kind::PermissionDenied,
        &[
            (403, "forbidden", "invalid_request_error", "Forbidden"),
            (
                400,
                "400",
                "FAILED_PRECONDITION",
                "User location is not supported for the API use.",
            ),
            (
                403,
                "unsupported_country_region_territory",
                "request_forbidden",
                "Country, region, or territory not supported",
            ),
        ],
    );
}

#[test]
fn an_unknown_model_is_known_whatever_the_status() {
    check(
        Kind::ModelNotFound,
        &[
            (
                404,
                "model_not_found",
                "invalid_request_error",
                "The model `x` does not exist or you do not have access to it.",
            ),
            (
                400,
                "model_not_found",
                "invalid_request_error",
                "The requested model 'x' does not exist.",
            ),
            (404, "", "not_found_error", "model: claude-x"),
            (400, "1500", "invalid_model", "Invalid model: x"),
            (400, "400", "", "x/y is not a valid model ID"),
            (400, "invalid-argument", "", "Model not found: grok-x"),
            (400, "", "", "The provided model identifier is invalid."),
            (
                404,
                "",
                "",
                "Specified model not found: x. Did you mean: y?",
            ),
            (
                404,
                "DeploymentNotFound",
                "",
                "The API deployment for this resource does not exist.",
            ),
        ],
    );
}

#[test]
fn a_filter_s_refusal_is_content_policy() {
    let azure = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.";
    check(
        Kind::ContentPolicy,
        &[
            (400, "content_filter", "", azure),
            (400, "", "", azure),
            (
                400,
                "content_policy_violation",
                "",
                "Your request was rejected as a result of our safety system.",
            ),
            (
                400,
                "",
                "invalid_request_error",
                "Output blocked by content filtering policy",
            ),
        ],
    );
}

#[test]
fn the_caller_s_own_mistakes_stay_the_caller_s() {
    check(
        Kind::InvalidRequest,
        &[
            (
                400,
                "",
                "invalid_request_error",
                "messages.0: all messages must have non-empty content",
            ),
            (
                400,
                "unsupported_parameter",
                "invalid_request_error",
                "Unsupported parameter: 'max_tokens' is not supported with this model.",
            ),
            (422, "", "", "Field required"),
            (
                400,
                "3051",
                "invalid_request_invalid_args",
                "Logprobs are not enabled for this model",
            ),
            // Words that mean something under another status mean nothing here.
            (400, "", "", "tool 'overloaded' has no parameters"),
        ],
    );
}

#[test]
fn a_status_alone_has_a_meaning() {
    let check = |status, expect| {
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(kind_of_status(status), expect, "{status}");
    };
    check(400, Kind::InvalidRequest);
    check(401, Kind::Unauthenticated);
    check(402, Kind::QuotaExhausted);
    check(403, Kind::PermissionDenied);
    check(404, Kind::ModelNotFound);
    check(408, Kind::Server);
    check(409, Kind::Conflict);
    check(410, Kind::ModelNotFound);
    check(413, Kind::RequestTooLarge);
    check(418, Kind::InvalidRequest);
    check(422, Kind::InvalidRequest);
    check(425, Kind::Server);
    check(429, Kind::RateLimited);
    check(500, Kind::Server);
    check(502, Kind::Server);
    check(503, Kind::Overloaded);
    check(504, Kind::Server);
    check(520, Kind::Server);
    check(529, Kind::Overloaded);
    check(530, Kind::Server);
    check(302, Kind::Malformed);
}

#[test]
fn inside_a_successful_reply_the_code_is_all_there_is() {
    let check = |code, kind, message, expect| {
        let error = body(code, kind, message).into_error_in_reply(Kind::StreamBroken);
        assert_eq!(error.kind(), expect, "{code:?} {kind:?} {message:?}");
    };
    check("", "overloaded_error", "Overloaded", Kind::Overloaded);
    check(
        "server_is_overloaded",
        "service_unavailable_error",
        "",
        Kind::Overloaded,
    );
    check("502", "", "Provider returned error", Kind::Server);
    check(
        "server_error",
        "",
        "Provider disconnected unexpectedly",
        Kind::Server,
    );
    check("429", "", "Rate limit exceeded", Kind::RateLimited);
    check(
        "insufficient_quota",
        "insufficient_quota",
        "",
        Kind::QuotaExhausted,
    );
    check(
        "tool_use_failed",
        "invalid_request_error",
        "Tool call validation failed",
        Kind::Server,
    );
    check("", "api_error", "Internal server error", Kind::Server);
    check("", "", "something new", Kind::StreamBroken);
    check("200", "", "something new", Kind::StreamBroken);
    check("new_code", "new_type", "", Kind::StreamBroken);
}

#[test]
fn a_request_that_no_minute_can_hold_is_not_to_be_tried_again() {
    let message =
        "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 342389.";
    let error = read(
        429,
        body("rate_limit_exceeded", "tokens", message),
        &HeaderMap::new(),
    );
    assert_eq!(
        (error.kind(), error.should_retry()),
        (Kind::RateLimited, Some(false))
    );
}

#[test]
fn the_facts_of_the_reply_are_on_the_error() {
    let headers = HeaderMap::from_iter(
        [
            ("request-id", "req_1"),
            ("retry-after", "16"),
            ("x-should-retry", "true"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("set-cookie", "secret=1"),
            ("authorization", "Bearer x"),
        ]
        .map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, http::HeaderValue::from_static(value))
        }),
    );
    let error = read(529, body("", "overloaded_error", "Overloaded"), &headers);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(529));
    assert_eq!(
        (error.code(), error.message()),
        (Some("overloaded_error"), Some("Overloaded"))
    );
    assert_eq!(error.request_id(), Some("req_1"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(16)));
    assert_eq!(error.should_retry(), Some(true));
    assert_eq!(
        (error.phase(), error.sent()),
        (Phase::BeforeCommit, Sent::Yes)
    );
    let mut kept: Vec<_> = error.headers().keys().map(|name| name.as_str()).collect();
    kept.sort_unstable();
    assert_eq!(
        kept,
        [
            "anthropic-ratelimit-requests-remaining",
            "request-id",
            "retry-after",
            "x-should-retry"
        ]
    );
}

#[test]
fn the_provider_s_id_of_the_call_is_found_under_all_its_names() {
    let check = |name: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("cf-ray", http::HeaderValue::from_static("ray"));
        headers.insert(name, http::HeaderValue::from_static("id"));
        assert_eq!(request_id(&headers).as_deref(), Some("id"), "{name}");
    };
    for name in [
        "x-request-id",
        "request-id",
        "x-amzn-requestid",
        "apim-request-id",
        "x-generation-id",
    ] {
        check(name);
    }
    assert_eq!(request_id(&HeaderMap::new()), None);
}

#[test]
fn a_flood_of_headers_is_not_kept() {
    let mut headers = HeaderMap::new();
    for number in 0..200 {
        let name: http::HeaderName = format!("x-ratelimit-{number}").parse().unwrap();
        headers.insert(name, http::HeaderValue::from_static("1"));
    }
    let long = http::HeaderValue::from_maybe_shared(Bytes::from(vec![b'x'; 10_000])).unwrap();
    headers.insert("retry-after", long);
    let kept = kept_headers(&headers);
    assert!(kept.len() < 50, "{}", kept.len());
    assert!(!kept.contains_key("retry-after"));
}

#[test]
fn a_body_that_is_no_json_gives_its_title_or_its_beginning() {
    let check = |text: &'static str, expect: Option<&str>| {
        let read = ErrorBody::from_text(&Bytes::from_static(text.as_bytes()));
        assert_eq!(read.message.as_deref(), expect, "{text}");
    };
    check(
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center>",
        Some("502 Bad Gateway"),
    );
    check(
        "<!DOCTYPE html>\n<TITLE lang=\"en\">api.openai.com | 520: Web server is returning an unknown error</TITLE>",
        Some("api.openai.com | 520: Web server is returning an unknown error"),
    );
    check("<html><body>no title</body></html>", Some("an HTML page"));
    check("<title", Some("an HTML page"));
    check("upstream connect error\n", Some("upstream connect error"));
    check("", None);
    check(" \n", None);
}
