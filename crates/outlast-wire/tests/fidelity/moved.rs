//! A call that goes on at another account of the same protocol.

use std::time::Instant;

use outlast_types::{AttemptOutcome, ChatRequest, Error, ErrorKind, Mode, TargetId};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
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

/// What a request is told when it goes on at another account; the first takes it as it is.
fn refused(codec: &impl ClientCodec, server: &impl ServerCodec, body: &str) -> ErrorKind {
    let first = encoded(codec, &asked_at("first", server, body)).unwrap();
    assert!(first.adaptations.is_empty(), "{:?}", first.adaptations);
    encoded(codec, &asked_at("second", server, body))
        .unwrap_err()
        .kind()
}

#[test]
fn what_an_id_stands_for_is_asked_about_at_its_own_account_only() {
    let (codec, server) = (OpenAiResponses::new(), ResponsesServer::new());
    for body in [
        r#"{"model": "m", "input": [{"type": "item_reference", "id": "msg_1"}, {"role": "user", "content": "And?"}]}"#,
        r#"{"model": "m", "input": [{"role": "user", "content": [{"type": "input_file", "file_id": "file-1"}]}]}"#,
        r#"{"model": "m", "input": [{"role": "user", "content": [{"type": "input_image", "file_id": "file-1", "detail": "low"}]}]}"#,
        r#"{"model": "m", "input": "Hi", "tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]}"#,
        r#"{"model": "m", "input": "Hi", "tools": [{"type": "code_interpreter", "container": "cntr_1"}]}"#,
    ] {
        let kind = refused(&codec, &server, body);
        assert_eq!(kind, ErrorKind::Unsupported, "{body}");
    }
    let body = r#"{"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": [
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}}]}]}"#;
    let kind = refused(&AnthropicMessages::new(), &AnthropicServer::new(), body);
    assert_eq!(kind, ErrorKind::Unsupported);
}

#[test]
fn a_new_container_can_be_had_at_any_account() {
    let body = r#"{"model": "m", "input": "Hi", "tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}"#;
    let request = asked_at("second", &ResponsesServer::new(), body);
    let encoded = encoded(&OpenAiResponses::new(), &request).unwrap();
    assert!(encoded.adaptations.is_empty(), "{:?}", encoded.adaptations);
}

#[test]
fn a_container_of_another_account_is_a_loss() {
    let body = r#"{"model": "m", "max_tokens": 9, "container": "container_1", "messages": [{"role": "user", "content": "Hi"}]}"#;
    let written = |account| {
        let request = asked_at(account, &AnthropicServer::new(), body);
        let encoded = encoded(&AnthropicMessages::new(), &request).unwrap();
        let body = String::from_utf8(encoded.request.body().to_vec()).unwrap();
        let is_loss = encoded.adaptations.iter().any(|note| note.is_loss());
        (body.contains("container_1"), is_loss)
    };
    assert_eq!(written("first"), (true, false));
    assert_eq!(written("second"), (false, true));
}

#[test]
fn what_a_hosted_tool_did_at_another_account_is_left_out() {
    let body = r#"{"model": "m", "input": [
        {"role": "user", "content": "Hi"},
        {"type": "code_interpreter_call", "id": "ci_1", "container_id": "cntr_1", "code": "1", "outputs": null, "status": "completed"},
        {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_1", "name": "f", "input": "x"},
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "7"}
    ]}"#;
    let request = asked_at("second", &ResponsesServer::new(), body);
    let encoded = encoded(&OpenAiResponses::new(), &request).unwrap();
    let body = String::from_utf8(encoded.request.body().to_vec()).unwrap();
    for bound in ["ci_1", "cntr_1", "ctc_1"] {
        assert!(!body.contains(bound), "{bound}: {body}");
    }
    assert!(body.matches("call_1").count() == 2, "{body}");
}

#[test]
fn a_turn_stays_bound_to_who_wrote_it_wherever_the_next_call_goes_first() {
    let body = r#"{"model": "m", "input": [
        {"role": "user", "content": "Hi"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2VjcmV0"},
        {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Well"}]},
        {"role": "user", "content": "And?"}
    ]}"#;
    let written = |account, author: &str| {
        let mut request = asked_at(account, &ResponsesServer::new(), body);
        for message in &mut request.body_mut().messages {
            message.author = Some(TargetId::new(author, "m"));
        }
        let encoded = encoded(&OpenAiResponses::new(), &request).unwrap();
        let body = String::from_utf8(encoded.request.body().to_vec()).unwrap();
        assert!(body.contains("Well"), "{body}");
        body.contains("c2VjcmV0") && body.contains("msg_1")
    };
    assert!(!written("first", "second"));
    assert!(written("second", "second"));
    assert!(!written("second", "first"));
    assert!(written("first", "first"));
}
