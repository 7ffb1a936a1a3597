//! A call that goes on at another account of the same protocol.

use std::time::Instant;

use outlast_types::{AttemptOutcome, ChatRequest, Error, ErrorKind, Mode, TargetId};
use outlast_wire::gemini::{Gemini, GeminiServer};
use outlast_wire::responses::{OpenAiResponses, ResponsesServer};
use outlast_wire::{ClientCodec, EncodeOptions, Encoded, ServerCodec};

#[expect(
    clippy::disallowed_methods,
    reason = "the ledger wants some instant, it does not matter which"
)]
/// Reads a request and has it fail at the first account; it is now asked at `account`.
fn asked_at(account: &str, server: &impl ServerCodec, body: &str) -> ChatRequest {
    let body = body.to_owned().into();
    let mut request = server.decode_request(&body).unwrap().request;
    let (ledger, now) = (request.context.ledger.clone(), Instant::now());
    let first = ledger.begin(TargetId::new("first", "m"), now, false);
    ledger.end(first, now, AttemptOutcome::Failed(ErrorKind::Overloaded));
    request.context.attempt = Some(ledger.begin(TargetId::new(account, "m"), now, false));
    request
}

fn encoded(codec: &impl ClientCodec, request: &ChatRequest) -> Result<Encoded, Error> {
    let options = EncodeOptions {
        model: "m",
        mode: Mode::Unary,
        provider: "p",
    };
    codec.encode(request, &options)
}

#[track_caller]
fn check(
    codec: &impl ClientCodec,
    server: &impl ServerCodec,
    body: &str,
    bound: &[&str],
) -> String {
    let written = |account| {
        let encoded = encoded(codec, &asked_at(account, server, body)).unwrap();
        let body = String::from_utf8(encoded.request.body().to_vec()).unwrap();
        (body, encoded.adaptations)
    };
    let (same, notes) = written("first");
    assert!(notes.is_empty(), "{notes:?}");
    let (moved, notes) = written("second");
    for secret in bound {
        assert!(same.contains(secret), "{secret}: {same}");
        assert!(!moved.contains(secret), "{secret}: {moved}");
    }
    assert!(
        !notes.is_empty() && notes.iter().all(|note| !note.is_loss()),
        "{notes:?}"
    );
    moved
}

#[test]
fn encrypted_reasoning_and_ids_of_items_stay_at_their_account() {
    let body = r#"{"model": "m", "input": [
        {"role": "user", "content": "Hi"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2VjcmV0"},
        {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Well"}]},
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "7"}
    ]}"#;
    let bound = ["rs_1", "c2VjcmV0", "msg_1", "fc_1"];
    let moved = check(
        &OpenAiResponses::new(),
        &ResponsesServer::new(),
        body,
        &bound,
    );
    for kept in ["Well", "call_1", "function_call_output"] {
        assert!(moved.contains(kept), "{moved}");
    }
}

#[test]
fn signatures_of_thoughts_stay_at_their_account() {
    let server = GeminiServer::for_path("/v1beta/models/m:generateContent").unwrap();
    let body = r#"{"contents": [
        {"role": "user", "parts": [{"text": "Hi"}]},
        {"role": "model", "parts": [
            {"text": "Hm", "thought": true, "thoughtSignature": "c2lnMQ=="},
            {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "c2lnMg=="},
            {"text": "", "thoughtSignature": "c2lnMw=="}
        ]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"output": "7"}}}]}
    ]}"#;
    let moved = check(
        &Gemini::new(),
        &server,
        body,
        &["c2lnMQ", "c2lnMg", "c2lnMw"],
    );
    assert!(
        moved.contains(r#""thoughtSignature":"skip_thought_signature_validator""#),
        "{moved}"
    );
}

#[test]
fn what_is_stored_at_the_first_account_cannot_be_asked_about_at_another() {
    let body = r#"{"model": "m", "previous_response_id": "resp_1", "input": "And?"}"#;
    let ask = |account| {
        let request = asked_at(account, &ResponsesServer::new(), body);
        encoded(&OpenAiResponses::new(), &request)
    };
    assert!(ask("first").is_ok());
    assert_eq!(ask("second").unwrap_err().kind(), ErrorKind::Unsupported);
}
