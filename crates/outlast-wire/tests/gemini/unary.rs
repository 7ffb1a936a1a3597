//! Embeddings, model lists and token counts.

use bytes::Bytes;
use outlast_types::{
    ChatRequest, CountRequest, EmbeddingInput, EmbeddingRequest, ErrorKind, Mode, ModelRequest,
    ModelsRequest,
};
use outlast_wire::gemini::{Gemini, encode_count, encode_model, encode_models};
use outlast_wire::{EncodeOptions, UnaryCodec};
use serde_json::{Value, json};

use crate::recorded::exchanges;

fn options(model: &str) -> EncodeOptions<'_> {
    EncodeOptions {
        model,
        mode: Mode::Unary,
        provider: "gemini",
    }
}

fn written<Q>(codec: Gemini, request: &Q, model: &str) -> (String, Value)
where
    Gemini: UnaryCodec<Q>,
{
    let encoded = codec.encode_unary(request, &options(model)).unwrap();
    let body = serde_json::from_slice(encoded.request.body()).unwrap_or_default();
    (encoded.request.uri().to_string(), body)
}

#[test]
fn every_recorded_count_is_what_the_body_says() {
    let mut seen = 0;
    for exchange in exchanges("count_tokens") {
        if exchange.status == 200 {
            let body = Bytes::from(exchange.body.clone());
            let request = CountRequest::default();
            let count = Gemini::new().decode_unary(&request, &body).unwrap();
            let said: Value = serde_json::from_str(&exchange.body).unwrap();
            assert_eq!(said["totalTokens"], count.input);
            let again: Value = serde_json::from_slice(&encode_count(&count)).unwrap();
            assert_eq!(again, said);
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn every_recorded_embedding_has_the_numbers_that_the_body_has() {
    let mut seen = 0;
    for exchange in exchanges("embeddings") {
        if exchange.status != 200 {
            continue;
        }
        let said: Value = serde_json::from_str(&exchange.body).unwrap();
        let places = said["embeddings"]
            .as_array()
            .or(said["predictions"].as_array())
            .unwrap();
        let request = EmbeddingRequest::of(vec!["text"; places.len()]);
        let read = Gemini::new()
            .decode_unary(&request, &Bytes::from(exchange.body.clone()))
            .unwrap();
        let mut tokens = said["usageMetadata"]["promptTokenCount"]
            .as_u64()
            .unwrap_or(0);
        for (vector, place) in read.vectors.iter().zip(places) {
            let place = if place["embeddings"].is_object() {
                &place["embeddings"]
            } else {
                place
            };
            tokens += place["statistics"]["token_count"].as_u64().unwrap_or(0);
            let numbers = place["values"].as_array().unwrap();
            assert_eq!(vector.len(), numbers.len());
            for (one, other) in vector.iter().zip(numbers) {
                assert_eq!(*one, other.as_f64().unwrap() as f32);
            }
        }
        assert_eq!(read.usage.input, tokens, "{}", exchange.id);
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn a_count_asks_for_the_whole_request_in_the_form_of_each_platform() {
    let request = CountRequest(ChatRequest::user("Hi").with_system("Be brief."));
    let contents = json!([{"role": "user", "parts": [{"text": "Hi"}]}]);
    let system = json!({"parts": [{"text": "Be brief."}]});
    assert_eq!(
        written(Gemini::new(), &request, "g"),
        (
            "/models/g:countTokens".to_owned(),
            json!({"generateContentRequest": {"model": "models/g", "systemInstruction": system, "contents": contents}})
        )
    );
    let (_, body) = written(Gemini::vertex(), &request, "g");
    assert_eq!(
        body,
        json!({"systemInstruction": system, "contents": contents})
    );
}

#[test]
fn inputs_are_embedded_in_the_form_of_each_platform() {
    let mut request = EmbeddingRequest::of(["a", "b"]).with_dimensions(8);
    let fields = [("taskType".to_owned(), json!("RETRIEVAL_QUERY").into())];
    request
        .body_mut()
        .provider_options
        .insert("gemini".to_owned(), fields.into());
    let one = |text: &str| json!({"model": "models/e", "content": {"parts": [{"text": text}]}, "outputDimensionality": 8, "taskType": "RETRIEVAL_QUERY"});
    assert_eq!(
        written(Gemini::new(), &request, "e"),
        (
            "/models/e:batchEmbedContents".to_owned(),
            json!({"requests": [one("a"), one("b")]})
        )
    );
    let instance = |text: &str| json!({"content": text, "taskType": "RETRIEVAL_QUERY"});
    assert_eq!(
        written(Gemini::vertex(), &request, "e"),
        (
            "/models/e:predict".to_owned(),
            json!({"instances": [instance("a"), instance("b")], "parameters": {"outputDimensionality": 8}})
        )
    );
    let tokens = EmbeddingRequest::of([EmbeddingInput::Tokens(vec![1])]);
    for codec in [Gemini::new(), Gemini::vertex()] {
        let error = codec.encode_unary(&tokens, &options("e")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}

#[test]
fn a_reply_with_too_few_vectors_or_none_is_malformed() {
    let request = EmbeddingRequest::of(["a", "b"]);
    for body in [
        r#"{"embeddings":[{"values":[1]}]}"#,
        "{}",
        r#"{"embeddings":[{"values":["x"]},{}]}"#,
        "5",
    ] {
        let error = Gemini::new()
            .decode_unary(&request, &Bytes::from_static(body.as_bytes()))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    }
}

#[test]
fn the_models_of_an_account_come_in_pages() {
    let codec = Gemini::new();
    let (path, _) = written(codec, &ModelsRequest::first(), "");
    assert_eq!(path, "/models?pageSize=1000");
    let (path, _) = written(codec, &ModelsRequest::after("a/b="), "");
    assert_eq!(path, "/models?pageSize=1000&pageToken=a%2Fb%3D");

    let body = r#"{"models":[{"name":"models/gemini-2.5-flash","version":"001","displayName":"Gemini 2.5 Flash","inputTokenLimit":1048576,"outputTokenLimit":65536,"thinking":true}],"nextPageToken":"t"}"#;
    let page = codec
        .decode_unary(
            &ModelsRequest::first(),
            &Bytes::from_static(body.as_bytes()),
        )
        .unwrap();
    let model = &page.models[0];
    assert_eq!(
        (model.id.as_str(), page.next.as_deref()),
        ("gemini-2.5-flash", Some("t"))
    );
    assert_eq!(
        (model.context_tokens, model.max_output_tokens),
        (Some(1_048_576), Some(65_536))
    );
    assert_eq!(
        model.extra.as_ref().unwrap().fields["thinking"].get(),
        "true"
    );

    let body = r#"{"publisherModels":[{"name":"publishers/google/models/gemini-2.5-pro"}]}"#;
    let page = codec
        .decode_unary(
            &ModelsRequest::first(),
            &Bytes::from_static(body.as_bytes()),
        )
        .unwrap();
    assert_eq!(
        (page.models[0].id.as_str(), page.next),
        ("gemini-2.5-pro", None)
    );

    let page = codec
        .decode_unary(&ModelsRequest::first(), &encode_models(["a", "b"]))
        .unwrap();
    assert!(page.models[1].is_called("b"));
}

#[test]
fn one_model_is_asked_for_by_its_name() {
    let request = ModelRequest::new("models/gemini-2.5-flash");
    let (path, _) = written(Gemini::new(), &request, "");
    assert_eq!(path, "/models/gemini-2.5-flash");
    let model = Gemini::new()
        .decode_unary(&request, &encode_model("g"))
        .unwrap();
    assert_eq!(model.id, "g");
    let error = r#"{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}"#;
    let error = Gemini::new()
        .decode_unary(&request, &Bytes::from_static(error.as_bytes()))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
}
