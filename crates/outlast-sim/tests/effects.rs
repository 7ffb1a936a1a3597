//! What else an answer may be like: reasoning, several calls, an early end, frames that nobody knows.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use std::time::Duration;

use outlast_types::{ContentPart, ErrorKind, FinishReason, Mode, RawJson, ToolChoice, ToolSpec};
use serde_json::json;
use support::*;

const MODES: [Mode; 2] = [Mode::Unary, Mode::Stream];

#[tokio::test]
async fn a_failure_comes_with_the_vendor_s_own_status_and_words() {
    let check = async |name: &str, kind: ErrorKind| {
        for format in FORMATS {
            let sim = sim(format, &format!("[[rule]]\nfailure = \"{name}\""));
            assert_eq!(
                unary(&sim, &question()).await.kind(),
                kind,
                "{format:?} {name}"
            );
            let in_reply = format!("[[rule]]\nerror = {{ after = 3, failure = \"{name}\" }}");
            let sim = self::sim(format, &in_reply);
            assert!(
                stream(&sim, &question()).await.end.is_err(),
                "{format:?} {name}"
            );
        }
    };
    check("unauthenticated", ErrorKind::Unauthenticated).await;
    check("permission-denied", ErrorKind::PermissionDenied).await;
    check("model-not-found", ErrorKind::ModelNotFound).await;
    check("invalid-request", ErrorKind::InvalidRequest).await;
    check("request-too-large", ErrorKind::RequestTooLarge).await;
    check("context-too-long", ErrorKind::ContextTooLong).await;
    check("content-policy", ErrorKind::ContentPolicy).await;
    check("quota-exhausted", ErrorKind::QuotaExhausted).await;
    check("rate-limited", ErrorKind::RateLimited).await;
    check("overloaded", ErrorKind::Overloaded).await;
    check("server", ErrorKind::Server).await;
}

#[tokio::test]
async fn an_error_says_how_long_to_wait() {
    for format in FORMATS {
        let script = "[[rule]]\nfailure = \"rate-limited\"\nretry_after = \"7s\"";
        let exchange = unary(&sim(format, script), &question()).await;
        let wait = exchange.error().retry_after();
        let told = format.tells_the_wait().then_some(Duration::from_secs(7));
        assert_eq!(wait, told, "{format:?}");
    }
}

#[tokio::test]
async fn an_answer_ends_early_for_a_scripted_reason() {
    for format in FORMATS {
        let script = "[[rule]]\nfinish = { after = 5, reason = \"length\" }";
        for mode in MODES {
            let reply = ask(&sim(format, script), &question(), mode).await.whole();
            assert_eq!(reply.finish(), Some(&FinishReason::Length), "{format:?}");
            assert_eq!(reply.usage.output, 5);
        }
    }
}

#[tokio::test]
async fn an_answer_ends_at_a_stop_sequence() {
    // Responses has none.
    for format in FORMATS.into_iter().filter(|it| *it != Format::Responses) {
        let sim = sim(format, "");
        let whole = sim.reference_text(QUESTION);
        let stop: String = whole.chars().skip(40).take(6).collect();
        let mut request = question();
        request.body_mut().stop = vec!["never said".to_owned(), stop.clone()];
        let reply = unary(&sim, &request).await.whole();
        assert_eq!(reply.text(), whole.split_once(&stop).unwrap().0);
    }
}

#[tokio::test]
async fn an_answer_may_begin_with_reasoning() {
    for format in FORMATS {
        for mode in MODES {
            let sim = sim(format, "[answer]\nreasoning = 9");
            let reply = ask(&sim, &question(), mode).await.whole();
            let first = &reply.content()[0];
            assert!(
                matches!(first, ContentPart::Reasoning(part) if !part.text.is_empty()),
                "{format:?}: {first:?}"
            );
            assert_eq!(reply.text(), sim.reference_text(QUESTION));
        }
    }
}

#[tokio::test]
async fn several_tools_are_called_unless_the_request_forbids_it() {
    let schema = || RawJson::from(json!({ "type": "object", "properties": {} }));
    let mut request = question()
        .with_tool(ToolSpec::new("first", schema()))
        .with_tool(ToolSpec::new("second", schema()))
        .with_tool_choice(ToolChoice::Required);
    for (parallel, expect) in [
        (None, vec!["first", "second"]),
        (Some(false), vec!["first"]),
    ] {
        request.body_mut().parallel_tool_calls = parallel;
        // The other two cannot forbid it.
        for format in [Format::Chat, Format::Responses, Format::Messages] {
            for mode in MODES {
                let sim = sim(format, "[answer]\ntool_calls = 2");
                let reply = ask(&sim, &request, mode).await.whole();
                let names: Vec<_> = reply.tool_calls().map(|call| call.name.clone()).collect();
                assert_eq!(names, expect, "{format:?} {mode:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_frame_or_field_breaks_no_reply() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nunknown = { after = 3 }");
        for mode in MODES {
            let reply = ask(&sim, &question(), mode).await.whole();
            assert_eq!(
                reply.text(),
                sim.reference_text(QUESTION),
                "{format:?} {mode:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_reply_tells_of_a_limit() {
    let limit = "limit = { most = 100, left = 7, reset = \"6s\" }";
    let check = async |format: Format, name: &str| {
        let exchange = unary(&sim(format, &format!("[[rule]]\n{limit}")), &question()).await;
        assert_eq!(exchange.header(name), Some("7"), "{format:?}");
    };
    check(Format::Chat, "x-ratelimit-remaining-requests").await;
    check(Format::Messages, "anthropic-ratelimit-requests-remaining").await;
}
