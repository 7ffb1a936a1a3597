//! Replies that are no answer.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use outlast_types::{ErrorKind, Reply};

use super::Subject;
use super::bench::{Bench, MODES, question};
use super::failure::{Failure, Verdict, ensure, equal};

/// What each status means where the body says no more.
const STATUSES: &[(u16, ErrorKind)] = &[
    (400, ErrorKind::InvalidRequest),
    (401, ErrorKind::Unauthenticated),
    (403, ErrorKind::PermissionDenied),
    (404, ErrorKind::ModelNotFound),
    (408, ErrorKind::Server),
    (413, ErrorKind::RequestTooLarge),
    (429, ErrorKind::RateLimited),
    (500, ErrorKind::Server),
    (502, ErrorKind::Server),
    (503, ErrorKind::Overloaded),
    (529, ErrorKind::Overloaded),
];

/// What vendors say in words and codes of their own, whatever the status.
const FAILURES: &[(&str, ErrorKind)] = &[
    ("unauthenticated", ErrorKind::Unauthenticated),
    ("permission-denied", ErrorKind::PermissionDenied),
    ("model-not-found", ErrorKind::ModelNotFound),
    ("invalid-request", ErrorKind::InvalidRequest),
    ("request-too-large", ErrorKind::RequestTooLarge),
    ("context-too-long", ErrorKind::ContextTooLong),
    ("content-policy", ErrorKind::ContentPolicy),
    ("quota-exhausted", ErrorKind::QuotaExhausted),
    ("rate-limited", ErrorKind::RateLimited),
    ("overloaded", ErrorKind::Overloaded),
    ("server", ErrorKind::Server),
];

/// An error status gives the kind that a policy acts on, and the status itself.
pub async fn each_status_has_its_kind(subject: &Subject) -> Verdict {
    for (status, kind) in STATUSES {
        for mode in MODES {
            let bench = Bench::on_sim(subject, &format!("[[rule]]\nstatus = {status}"))?;
            let error = bench.failure(mode, question()).await?;
            equal(format!("the kind of {status}"), error.kind(), *kind)?;
            let told = error.status().map(|status| status.as_u16());
            equal("the status", told, Some(*status))?;
        }
    }
    Ok(())
}

/// A vendor's own words for a full context, an empty account and so on give the kind that a policy acts on.
pub async fn the_vendor_s_own_errors_have_their_kinds(subject: &Subject) -> Verdict {
    for (name, kind) in FAILURES {
        for mode in MODES {
            let bench = Bench::on_sim(subject, &format!("[[rule]]\nfailure = \"{name}\""))?;
            let error = bench.failure(mode, question()).await?;
            equal(format!("the kind of {name}"), error.kind(), *kind)?;
        }
    }
    Ok(())
}

/// `retry-after` is read as seconds, with decimals too, as a date of HTTP, and beside it milliseconds.
pub async fn retry_after_is_read(subject: &Subject) -> Verdict {
    let forms = [
        ("retry-after = \"7\"", 7000),
        ("retry-after = \"0.5\"", 500),
        ("retry-after-ms = \"250\", retry-after = \"1\"", 250),
        (
            "retry-after = \"Wed, 21 Oct 2026 07:28:16 GMT\", date = \"Wed, 21 Oct 2026 07:28:00 GMT\"",
            16_000,
        ),
    ];
    for (headers, millis) in forms {
        let script = format!("[[rule]]\nstatus = 429\nheaders = {{ {headers} }}");
        for mode in MODES {
            let bench = Bench::on_sim(subject, &script)?;
            let wait = bench.failure(mode, question()).await?.retry_after();
            let expected = Some(Duration::from_millis(millis));
            equal(format!("the wait by {headers}"), wait, expected)?;
        }
    }
    Ok(())
}

/// The vendor's own form of a hint to wait is read.
pub async fn the_vendor_s_own_hint_is_read(subject: &Subject) -> Verdict {
    let script = "[[rule]]\nfailure = \"rate-limited\"\nretry_after = \"7s\"";
    for mode in MODES {
        let bench = Bench::on_sim(subject, script)?;
        let error = bench.failure(mode, question()).await?;
        equal("the kind", error.kind(), ErrorKind::RateLimited)?;
        equal(
            "the wait",
            error.retry_after(),
            Some(Duration::from_secs(7)),
        )?;
    }
    Ok(())
}

/// An error body with status 200 is an error.
pub async fn an_error_with_status_200_is_an_error(subject: &Subject) -> Verdict {
    for mode in MODES {
        let script = "[[rule]]\nerror = { after = 0, failure = \"server\" }";
        let bench = Bench::on_sim(subject, script)?;
        bench.failure(mode, question()).await?;
    }
    Ok(())
}

/// A web page is no answer: with status 200 it is malformed, with 502 the failure that the status says.
pub async fn a_web_page_is_no_answer(subject: &Subject) -> Verdict {
    for (rule, kind) in [
        ("html = true", ErrorKind::Malformed),
        ("html = true\nstatus = 502", ErrorKind::Server),
    ] {
        for mode in MODES {
            let bench = Bench::on_sim(subject, &format!("[[rule]]\n{rule}"))?;
            let error = bench.failure(mode, question()).await?;
            equal("the kind", error.kind(), kind)?;
        }
    }
    Ok(())
}

/// A body without a byte is no answer.
pub async fn an_empty_body_is_no_answer(subject: &Subject) -> Verdict {
    for mode in MODES {
        let mut reply = http::Response::new(vec![Bytes::new()]);
        let json = HeaderValue::from_static("application/json");
        reply.headers_mut().insert(CONTENT_TYPE, json);
        Bench::on_bytes(subject, reply)
            .failure(mode, question())
            .await?;
    }
    Ok(())
}

/// An answer without choices or without content fails before anything of it reaches the caller.
pub async fn an_answer_that_says_nothing_is_none(subject: &Subject) -> Verdict {
    for empty in ["choices", "content"] {
        let script = format!("[[rule]]\nempty = \"{empty}\"");
        let bench = Bench::on_sim(subject, &script)?;
        if let Ok(reply) = bench.chat(question()).await {
            committed(empty, reply).await?;
        }
        if let Ok(stream) = bench.stream(question()).await {
            committed(empty, stream).await?;
        }
    }
    Ok(())
}

async fn committed<R: Reply>(empty: &str, reply: R) -> Verdict {
    match reply.commit().await {
        Err(_) => Ok(()),
        Ok(_) => Err(Failure::new(format!(
            "a reply without {empty} passes for an answer"
        ))),
    }
}

/// A redirect is an error, and nothing is sent to the address it names.
pub async fn a_redirect_is_not_followed(subject: &Subject) -> Verdict {
    for mode in MODES {
        let mut reply = http::Response::new(Vec::new());
        *reply.status_mut() = StatusCode::TEMPORARY_REDIRECT;
        let elsewhere = HeaderValue::from_static("https://elsewhere.invalid/");
        reply.headers_mut().insert(LOCATION, elsewhere);
        let bench = Bench::on_bytes(subject, reply);
        bench.failure(mode, question()).await?;
        let requests = bench.wire.requests();
        equal("the number of requests", requests.len(), 1)?;
        let hosts = requests.iter().filter_map(|request| request.uri().host());
        ensure(
            hosts.into_iter().all(|host| host != "elsewhere.invalid"),
            || "the redirect was followed".to_owned(),
        )?;
    }
    Ok(())
}
