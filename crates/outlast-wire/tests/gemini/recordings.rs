//! Every recorded exchange, against an independent reading of its JSON.

use outlast_types::ErrorKind;

use crate::independent::{self, Reading};
use crate::recorded::exchanges;

/// Streams that end without a reason: Google's own mock of an API that is gone.
const CUT_SHORT: [&str; 1] = ["29cf02695c801610"];

fn report(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_recorded_success_says_what_an_independent_reading_says() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for exchange in exchanges("generate") {
        if exchange.status != 200 || exchange.label.is_some() {
            continue;
        }
        seen += 1;
        let name = exchange.name();
        let expected = independent::read(&exchange.body);
        match exchange.decode() {
            Ok(reply) => {
                let got = Reading::of(&reply);
                if got != expected {
                    wrong.push(format!(
                        "{name}:\n  got      {got:?}\n  expected {expected:?}"
                    ));
                }
                if reply.is_empty() != expected.says_nothing() {
                    wrong.push(format!("{name}: judged empty wrongly"));
                }
            }
            Err(error) if CUT_SHORT.contains(&&*exchange.id) => {
                assert_eq!(error.kind(), ErrorKind::StreamBroken);
            }
            Err(error) => wrong.push(format!("{name}: {error:?} {:?}", error.message())),
        }
    }
    println!("{seen} replies");
    assert!(seen > 0);
    report(&wrong);
}

#[test]
fn every_recorded_error_is_an_error_of_the_labelled_kind() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for operation in [
        "generate",
        "embeddings",
        "count_tokens",
        "models",
        "cached_contents",
    ] {
        for exchange in exchanges(operation) {
            let Some(label) = &exchange.label else {
                assert_eq!(exchange.status, 200, "no label: {}", exchange.id);
                continue;
            };
            seen += 1;
            let name = format!("{} ({})", exchange.name(), exchange.status);
            match exchange.decode() {
                Ok(_) => wrong.push(format!("{name}: a false success, {label}")),
                Err(error) if !kinds(label).contains(&error.kind()) => wrong.push(format!(
                    "{name}: {} for {label}: {:?} {:?}",
                    error.kind(),
                    error.code(),
                    error.message(),
                )),
                Err(error) => assert!(error.message().is_some(), "{name}: no words"),
            }
        }
    }
    println!("{seen} errors");
    assert!(seen > 0);
    report(&wrong);
}

fn kinds(label: &str) -> &'static [ErrorKind] {
    match label {
        // Without any key the provider says that the caller may not.
        "auth" => &[ErrorKind::Unauthenticated, ErrorKind::PermissionDenied],
        "invalid_request" | "not_found_other" => &[ErrorKind::InvalidRequest],
        "model_not_found" => &[ErrorKind::ModelNotFound],
        "permission" | "location_unsupported" => &[ErrorKind::PermissionDenied],
        "rate_limit" => &[ErrorKind::RateLimited],
        "stream_error" => &[ErrorKind::Server],
        _ => &[],
    }
}
