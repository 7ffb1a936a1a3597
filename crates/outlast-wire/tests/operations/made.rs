//! Replies that were not recorded: wrong ones, and those of the server's side.

use bytes::Bytes;
use outlast_types::{
    CountRequest, EmbeddingInput, EmbeddingRequest, EmbeddingResponse, Embeddings, ErrorKind,
    ModelRequest, ModelsRequest, ReplyMeta, TargetId,
};
use outlast_wire::UnaryCodec;
use outlast_wire::anthropic::AnthropicMessages;
use outlast_wire::openai::{OpenAiChat, OpenAiServer};
use proptest::prelude::*;

use crate::options;

fn embed(inputs: usize, body: &'static str) -> Result<Embeddings, ErrorKind> {
    let request = EmbeddingRequest::of((0..inputs).map(|n| n.to_string()));
    let body = Bytes::from_static(body.as_bytes());
    let reply = OpenAiChat::default().decode_unary(&request, &body);
    reply.map_err(|error| error.kind())
}

#[test]
fn vectors_are_put_in_the_order_of_their_inputs() {
    let body = r#"{"data": [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]}"#;
    assert_eq!(embed(2, body).unwrap().vectors, [[1.0], [2.0]]);
    let body = r#"{"data": [{"embedding": [1]}, {"embedding": [2]}]}"#;
    assert_eq!(embed(2, body).unwrap().vectors, [[1.0], [2.0]]);
}

#[test]
fn vectors_that_may_be_mixed_up_are_no_reply() {
    let malformed = |inputs, body| {
        assert_eq!(
            embed(inputs, body).unwrap_err(),
            ErrorKind::Malformed,
            "{body}"
        );
    };
    malformed(2, r#"{"data": [{"index": 0, "embedding": [1]}]}"#);
    malformed(
        2,
        r#"{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [2]}]}"#,
    );
    malformed(
        2,
        r#"{"data": [{"index": 0, "embedding": [1]}, {"embedding": [2]}]}"#,
    );
    malformed(1, r#"{"data": [{"index": 0, "embedding": "AACAPw=="}]}"#);
    malformed(1, r#"{"data": [{"index": 0, "embedding": ["1"]}]}"#);
    malformed(1, r#"{"data": 1}"#);
    malformed(1, "");
    malformed(1, "<html><title>502 Bad Gateway</title></html>");
    malformed(1, "{\"data\": [");
}

#[test]
fn an_error_with_status_200_is_that_error() {
    let body = r#"{"error": {"code": "rate_limit_exceeded", "message": "slow down"}}"#;
    assert_eq!(embed(1, body).unwrap_err(), ErrorKind::RateLimited);
    let body = Bytes::from_static(
        br#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#,
    );
    let codec = AnthropicMessages::new();
    let error = codec
        .decode_unary(&ModelsRequest::first(), &body)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    let error = codec
        .decode_unary(&CountRequest::default(), &body)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    let body = Bytes::from_static(br#"{"detail": "Unauthorized"}"#);
    assert!(
        OpenAiChat::default()
            .decode_unary(&ModelsRequest::first(), &body)
            .is_err()
    );
}

#[test]
fn the_next_page_is_asked_for_where_the_one_before_said() {
    let codec = AnthropicMessages::new();
    let body = br#"{"data": [{"id": "a"}, {"id": "b&c"}], "has_more": true, "last_id": "b&c"}"#;
    let page = codec
        .decode_unary(&ModelsRequest::first(), &Bytes::from_static(body))
        .unwrap();
    let next = ModelsRequest::after(page.next.unwrap());
    let encoded = codec.encode_unary(&next, &options("")).unwrap();
    assert_eq!(encoded.request.uri(), "/models?limit=1000&after_id=b%26c");

    let codec = OpenAiChat::default();
    let body =
        br#"{"data": [{"id": "a"}], "links": {"next": "https://elsewhere.example/m?offset=1"}}"#;
    let page = codec
        .decode_unary(&ModelsRequest::first(), &Bytes::from_static(body))
        .unwrap();
    let next = ModelsRequest::after(page.next.unwrap());
    let encoded = codec.encode_unary(&next, &options("")).unwrap();
    assert_eq!(encoded.request.uri(), "/models?offset=1");
}

#[test]
fn a_bare_array_is_a_list_and_a_model_has_its_own_address() {
    let codec = OpenAiChat::default();
    let body =
        Bytes::from_static(br#"[{"id": "m/1", "display_name": "One", "context_length": 9}]"#);
    let page = codec.decode_unary(&ModelsRequest::first(), &body).unwrap();
    assert_eq!(
        (page.models[0].id.as_str(), page.models[0].context_tokens),
        ("m/1", Some(9))
    );
    let encoded = codec
        .encode_unary(&ModelRequest::new("m/1 x"), &options(""))
        .unwrap();
    assert_eq!(encoded.request.uri(), "/models/m/1%20x");
    assert_eq!(encoded.request.method(), "GET");
}

fn answered(request: &str, reply: Embeddings) -> String {
    let server = OpenAiServer::new();
    let request = server
        .decode_embeddings(&Bytes::from(request.to_owned()))
        .unwrap();
    let meta = ReplyMeta::new(TargetId::new("a", "m"));
    let body = server.encode_embeddings(&request, &EmbeddingResponse::new(reply, meta));
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn a_caller_gets_vectors_in_the_form_it_asked_for() {
    let mut reply = Embeddings::new(vec![vec![1.0, -0.5]]);
    reply.model = Some("m".to_owned());
    insta::assert_snapshot!(answered(r#"{"model": "m", "input": "x"}"#, reply.clone()));
    insta::assert_snapshot!(answered(
        r#"{"model": "m", "input": [[1, 2]], "encoding_format": "base64"}"#,
        reply
    ));
}

#[test]
fn the_field_at_fault_is_named() {
    let message = |body: &'static str| {
        let error = OpenAiServer::new().decode_embeddings(&Bytes::from_static(body.as_bytes()));
        error.unwrap_err().message().unwrap_or_default().to_owned()
    };
    assert_eq!(
        message(r#"{"input": "x"}"#),
        "model: required field is missing"
    );
    assert_eq!(
        message(r#"{"model": "m"}"#),
        "input: required field is missing"
    );
    assert_eq!(
        message(r#"{"model": "m", "input": 1}"#),
        "input: expected a string or an array"
    );
    assert_eq!(
        message(r#"{"model": "m", "input": ["x", true]}"#),
        "input[1]: expected a string or an array of tokens"
    );
}

fn input() -> impl Strategy<Value = EmbeddingInput> {
    prop_oneof![
        ".{0,20}".prop_map(EmbeddingInput::Text),
        prop::collection::vec(any::<u32>(), 0..5).prop_map(EmbeddingInput::Tokens),
    ]
}

proptest! {
    #[test]
    fn a_request_that_was_written_is_read_as_the_same(
        inputs in prop::collection::vec(input(), 0..4),
        dimensions in proptest::option::of(1_u32..5000),
    ) {
        let mut request = EmbeddingRequest::of(inputs).with_model("m");
        request.body_mut().dimensions = dimensions;
        let encoded = OpenAiChat::default().encode_unary(&request, &options("m")).unwrap();
        let read = OpenAiServer::new().decode_embeddings(encoded.request.body()).unwrap();
        prop_assert_eq!(read.body(), request.body());
    }

    #[test]
    fn vectors_that_were_written_are_read_as_the_same(
        vectors in prop::collection::vec(prop::collection::vec(-1e30_f32..1e30, 1..5), 1..4),
        is_base64 in any::<bool>(),
    ) {
        let form = if is_base64 { "base64" } else { "float" };
        let inputs = vec!["x"; vectors.len()];
        let request = serde_json::json!({"model": "m", "input": inputs, "encoding_format": form});
        let request = request.to_string();
        let body = answered(&request, Embeddings::new(vectors.clone()));
        let request = OpenAiServer::new().decode_embeddings(&Bytes::from(request)).unwrap();
        let read = OpenAiChat::default().decode_unary(&request, &Bytes::from(body)).unwrap();
        prop_assert_eq!(read.vectors, vectors);
    }

    #[test]
    fn no_bytes_are_too_wild(body in "\\PC*", shape in 0..4_usize) {
        let body = match shape {
            0 => body,
            1 => format!("{{\"data\": [{body}]}}"),
            2 => format!("{{\"data\": [{{\"embedding\": {body}}}]}}"),
            _ => format!("{{\"input\": [{body}], \"model\": \"m\"}}"),
        };
        let body = Bytes::from(body);
        let codec = OpenAiChat::default();
        let _ = codec.decode_unary(&EmbeddingRequest::of(["x"]), &body);
        let _ = codec.decode_unary(&ModelsRequest::first(), &body);
        let _ = OpenAiServer::new().decode_embeddings(&body);
        let _ = AnthropicMessages::new().decode_unary(&ModelsRequest::first(), &body);
    }
}
