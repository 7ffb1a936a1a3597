//! Which kind of failure it is: by code, by words, by status, in this order.

use std::time::Duration;

use http::StatusCode;
use outlast_types::ErrorKind;

use super::ErrorBody;

/// How many characters of a message are searched for telltale words.
const SEARCHED: usize = 4096;

/// Tells what kind of failure `body` reports. `status` is `None` for an error inside a successful reply, `hint` the
/// time the provider asks to wait.
///
/// The order: a code that means one thing everywhere, words that mean one thing everywhere, the status, a vague code.
/// `None` means that nothing tells.
pub fn classify(
    status: Option<StatusCode>,
    body: &ErrorBody,
    hint: Option<Duration>,
) -> Option<ErrorKind> {
    let codes = || [&body.code, &body.kind].into_iter().flatten();
    let status = status.or_else(|| codes().find_map(|code| status_in_code(code)));
    codes()
        .find_map(|code| kind_of_code(code))
        .or_else(|| kind_of_words(body.message.as_deref()?, status, hint))
        .or_else(|| status.map(kind_of_status))
        .or_else(|| codes().find_map(|code| kind_of_vague_code(code)))
}

/// Reads a code such as `502` as the status it is.
fn status_in_code(code: &str) -> Option<StatusCode> {
    let status = StatusCode::from_bytes(code.as_bytes()).ok()?;
    (status.as_u16() >= 400).then_some(status)
}

/// Tells what kind of failure a status means where nothing else is known.
pub fn kind_of_status(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::Unauthenticated,
        402 => ErrorKind::QuotaExhausted,
        403 => ErrorKind::PermissionDenied,
        404 | 410 => ErrorKind::ModelNotFound,
        408 | 425 => ErrorKind::Server,
        409 => ErrorKind::Conflict,
        413 => ErrorKind::RequestTooLarge,
        429 => ErrorKind::RateLimited,
        400..=499 => ErrorKind::InvalidRequest,
        503 | 529 => ErrorKind::Overloaded,
        500..=599 => ErrorKind::Server,
        // A redirect, which is never followed, or a status that does not exist.
        _ => ErrorKind::Malformed,
    }
}

/// Tells what kind of failure a code or type means, if it means one thing at every provider that uses it.
pub fn kind_of_code(code: &str) -> Option<ErrorKind> {
    Some(match code {
        "context_length_exceeded"
        | "exceed_context_size_error"
        | "model_max_prompt_tokens_exceeded"
        | "too_many_prompt_tokens"
        | "TOO_MANY_TOKENS" => ErrorKind::ContextTooLong,

        "billing_error"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "credit_balance_exhausted"
        | "enforced_spend_limit_reached"
        | "insufficient_balance"
        | "insufficient_credits"
        | "insufficient_quota"
        | "ServiceQuotaExceededException" => ErrorKind::QuotaExhausted,

        "RATE_LIMIT_EXCEEDED"
        | "rate_limit_error"
        | "rate_limit_exceeded"
        | "rate_limited"
        | "throttlingException"
        | "ThrottlingException"
        | "too_many_requests" => ErrorKind::RateLimited,

        "slow_down" => ErrorKind::SlowDown,

        "engine_overloaded"
        | "engine_overloaded_error"
        | "overloaded"
        | "overloaded_error"
        | "server_is_overloaded"
        | "service_unavailable_error"
        | "serviceUnavailableException"
        | "ServiceUnavailableException"
        | "ModelNotReadyException"
        | "UNAVAILABLE" => ErrorKind::Overloaded,

        "API_KEY_INVALID"
        | "authentication_error"
        | "invalid_api_key"
        | "invalid_authentication_error"
        | "ExpiredTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "UnrecognizedClientException"
        | "token_expired"
        | "UNAUTHENTICATED" => ErrorKind::Unauthenticated,

        "permission_error" | "unsupported_country_region_territory" => ErrorKind::PermissionDenied,

        "DeploymentNotFound" | "invalid_model" | "model_not_available" | "model_not_found" => {
            ErrorKind::ModelNotFound
        }

        "content_filter"
        | "content_policy_violation"
        | "moderation_blocked"
        | "ResponsibleAIPolicyViolation" => ErrorKind::ContentPolicy,

        "request_too_large" => ErrorKind::RequestTooLarge,

        // The model wrote a call that its own provider refuses: another try may go well.
        "tool_use_failed" => ErrorKind::Server,

        // Bedrock sends the first two with status 424 and the third with 408.
        "ModelErrorException"
        | "ModelStreamErrorException"
        | "ModelTimeoutException"
        | "InternalServerException" => ErrorKind::Server,

        _ => return None,
    })
}

/// Tells what kind of failure a code means that providers use for many things; the status says more where there is one.
fn kind_of_vague_code(code: &str) -> Option<ErrorKind> {
    Some(match code {
        "invalid_request_error"
        | "invalid-argument"
        | "INVALID_ARGUMENT"
        | "ValidationException" => ErrorKind::InvalidRequest,
        "forbidden" | "permission-denied" | "PERMISSION_DENIED" | "AccessDeniedException" => {
            ErrorKind::PermissionDenied
        }
        "not_found_error" | "NOT_FOUND" | "ResourceNotFoundException" => ErrorKind::ModelNotFound,
        "RESOURCE_EXHAUSTED" => ErrorKind::RateLimited,
        "api_error"
        | "internal_error"
        | "internal_server_error"
        | "server_error"
        | "timeout_error"
        | "INTERNAL" => ErrorKind::Server,
        _ => return None,
    })
}

/// Some words that mean one kind of failure, under the statuses they were seen with.
struct Wording {
    kind: ErrorKind,
    /// All of one entry must occur; in lower case.
    any_of: &'static [&'static [&'static str]],
    /// Statuses other than these are not judged by the words; no status at all always is.
    under: fn(u16) -> bool,
}

/// The wordings, the surest first. A rule's comment names whose words they are where that is not plain.
const WORDINGS: &[Wording] = &[
    Wording {
        kind: ErrorKind::QuotaExhausted,
        any_of: &[
            &["credit balance is too low"],
            &["insufficient balance"],
            &["insufficient credits"],
            &["insufficient quota"],
            &["requires more credits"],
            &["run out of credits"],
            &["used all available credits"],
            &["monthly spending limit"],
            &["billing hard limit"],
            &["check your billing details"],
        ],
        under: |status| matches!(status, 400 | 402 | 403 | 429),
    },
    Wording {
        kind: ErrorKind::Unauthenticated,
        any_of: &[
            &["incorrect api key"],
            &["invalid api key"],
            &["api key not valid"],
            &["api key is invalid"],
            &["invalid x-api-key"],
            &["invalid api token"],
            // Gemini, to a call without a key.
            &["doesn't allow unregistered callers"],
            // Bedrock.
            &["make sure your api key is valid"],
            &["security token included in the request is"],
        ],
        under: |status| matches!(status, 400 | 401 | 403),
    },
    Wording {
        kind: ErrorKind::ContextTooLong,
        any_of: &[
            &["maximum context length"],
            &["context length exceeded"],
            &["exceeds the context window"],
            &["exceeds the available context size"],
            &["exceed context limit"],
            &["prompt is too long"],
            &["input is too long"],
            &["maximum prompt length is"],
            &["prompt token count", "exceeds the limit"],
            &["input token count", "exceeds the maximum"],
            &["input tokens exceeded"],
            &["too many tokens: size limit exceeded"],
            &["total length of all messages is too long"],
        ],
        under: |status| matches!(status, 400 | 413 | 422 | 500),
    },
    Wording {
        kind: ErrorKind::RequestTooLarge,
        // Google: "Request payload size exceeds the limit: 20971520 bytes."
        any_of: &[&["payload size exceeds the limit"]],
        under: |status| status == 400,
    },
    Wording {
        kind: ErrorKind::ModelNotFound,
        any_of: &[
            &["model not found"],
            &["model", "does not exist"],
            &["is not a valid model id"],
            &["model identifier is invalid"],
            &["invalid model:"],
            &["invalid model name"],
            &["no endpoints found for"],
            // Bedrock: "... Retry your request with the ID or ARN of an inference profile that contains this model."
            &["with on-demand throughput", "inference profile"],
        ],
        under: |status| matches!(status, 400 | 404 | 422),
    },
    Wording {
        kind: ErrorKind::PermissionDenied,
        any_of: &[
            &["user location is not supported"],
            &["country, region, or territory not supported"],
        ],
        under: |status| matches!(status, 400 | 403),
    },
    Wording {
        kind: ErrorKind::ContentPolicy,
        any_of: &[
            &["content management policy"],
            &["content filtering policy"],
            &["rejected as a result of our safety system"],
            &["requires moderation on"],
            // Vertex AI.
            &["sensitive words", "responsible ai practices"],
        ],
        under: |status| matches!(status, 400 | 403),
    },
    Wording {
        kind: ErrorKind::Overloaded,
        any_of: &[
            &["overloaded"],
            &["experiencing high demand"],
            &["service tier capacity exceeded"],
        ],
        under: |status| status == 429 || status >= 500,
    },
];

/// Tells what kind of failure a provider's words mean, if they mean one thing.
///
/// "You exceeded your current quota" is said both of an empty account and of a limit per minute; a time to wait
/// (`hint`) tells the two apart.
pub fn kind_of_words(
    message: &str,
    status: Option<StatusCode>,
    hint: Option<Duration>,
) -> Option<ErrorKind> {
    let text: String = message.chars().take(SEARCHED).collect();
    let text = text.to_ascii_lowercase();
    let status = status.map(|status| status.as_u16());
    let has_all = |words: &&[&str]| words.iter().all(|word| text.contains(word));
    WORDINGS
        .iter()
        .filter(|wording| status.is_none_or(wording.under))
        .find(|wording| wording.any_of.iter().any(has_all))
        .map(|wording| wording.kind)
        .or_else(|| {
            let spent = hint.is_none() && text.contains("exceeded your current quota");
            spent.then_some(ErrorKind::QuotaExhausted)
        })
}
