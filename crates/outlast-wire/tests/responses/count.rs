//! How many tokens a request has.

use bytes::Bytes;
use outlast_types::{ChatRequest, CountRequest, ErrorKind, Mode, TokenCount};
use outlast_wire::responses::{OpenAiResponses, encode_count};
use outlast_wire::{EncodeOptions, UnaryCodec};
use serde_json::{Value, json};

use crate::recordings::counts;
use crate::support::{body_of, read_request};

fn options(model: &str) -> EncodeOptions<'_> {
    EncodeOptions {
        model,
        mode: Mode::Unary,
        provider: "openai",
    }
}

#[test]
fn every_recorded_count_is_asked_for_and_read() {
    let mut seen = 0;
    for exchange in counts() {
        let body = exchange.request.as_ref().unwrap();
        let request = CountRequest(read_request(body).unwrap().request);
        let codec = OpenAiResponses::new();
        let encoded = codec
            .encode_unary(&request, &options(body["model"].as_str().unwrap()))
            .unwrap();
        assert_eq!(encoded.request.uri(), "/responses/input_tokens");
        assert_eq!(body_of(&encoded), *body, "{}", exchange.id);

        let reply = Bytes::from(exchange.body.clone());
        let count = codec.decode_unary(&request, &reply).unwrap();
        let expected: Value = serde_json::from_str(&exchange.body).unwrap();
        assert_eq!(
            json!(count.input),
            expected["input_tokens"],
            "{}",
            exchange.id
        );
        seen += 1;
    }
    println!("{seen} counts");
}

#[test]
fn what_does_not_bear_on_the_tokens_is_not_sent() {
    let request = ChatRequest::user("Hi").with_max_output_tokens(50);
    let encoded = OpenAiResponses::new()
        .encode_unary(&CountRequest(request), &options("gpt-5"))
        .unwrap();
    assert_eq!(
        body_of(&encoded),
        json!({"model": "gpt-5", "input": [{"role": "user", "content": "Hi"}]})
    );
}

#[test]
fn a_count_that_is_written_is_read_again() {
    let codec = OpenAiResponses::new();
    let request = CountRequest::default();
    let count = codec.decode_unary(&request, &encode_count(&TokenCount::new(47)));
    assert_eq!(count.unwrap(), TokenCount::new(47));
}

#[test]
fn a_body_that_is_no_count_is_a_failure() {
    for (body, kind) in [
        (
            json!({"error": {"code": "model_not_found", "message": "No."}}),
            ErrorKind::ModelNotFound,
        ),
        (json!({"input_tokens": "many"}), ErrorKind::Malformed),
        (json!({}), ErrorKind::Malformed),
        (json!([]), ErrorKind::Malformed),
    ] {
        let body = Bytes::from(body.to_string());
        let error = OpenAiResponses::new()
            .decode_unary(&CountRequest::default(), &body)
            .unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}
