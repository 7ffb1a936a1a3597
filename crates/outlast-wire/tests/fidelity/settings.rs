//! Settings that not every protocol has: in which form each target is told, and that an own request leaves as it came.

use std::collections::BTreeMap;

use bytes::Bytes;
use outlast_types::{Adaptation, ChatRequest, Mode, ServiceTier};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::bedrock::{BedrockConverse, BedrockServer};
use outlast_wire::gemini::GeminiServer;
use outlast_wire::openai::{Dialect, OpenAiChat, OpenAiServer};
use outlast_wire::responses::{OpenAiResponses, ResponsesServer};
use outlast_wire::{ClientCodec, EncodeOptions, ServerCodec};
use serde_json::{Value, json};

use crate::targets::TARGETS;

/// A request made here, with all of them.
fn made() -> ChatRequest {
    let mut request = ChatRequest::user("Hi").with_max_output_tokens(9);
    let body = request.body_mut();
    body.top_k = Some(41);
    body.frequency_penalty = Some(0.25);
    body.presence_penalty = Some(0.5);
    body.logprobs = Some(true);
    body.top_logprobs = Some(3);
    body.user = Some("u-4711".to_owned());
    body.metadata = Some(BTreeMap::from([("team".to_owned(), "a".to_owned())]));
    body.service_tier = Some(ServiceTier::Standard);
    request
}

fn encode(
    codec: &impl ClientCodec,
    request: &ChatRequest,
    model: &str,
) -> (Value, Vec<Adaptation>) {
    let options = EncodeOptions {
        model,
        mode: Mode::Unary,
        provider: "somebody",
    };
    let encoded = codec.encode(request, &options).unwrap();
    let body = serde_json::from_slice(encoded.request.body()).unwrap();
    (body, encoded.adaptations)
}

/// Checks that a request of `model` leaves in its own protocol as it came.
fn leaves_as_it_came(
    server: &impl ServerCodec,
    client: &impl ClientCodec,
    model: &str,
    mut body: Value,
    fields: &Value,
) {
    let fields = fields.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    let read = server
        .decode_request(&Bytes::from(body.to_string()))
        .unwrap();
    let (written, notes) = encode(client, &read.request, model);
    assert_eq!(written, body);
    assert_eq!(notes, []);
}

#[test]
fn each_target_is_told_the_settings_in_its_own_form() {
    let expected = [
        (
            "chat",
            json!({"frequency_penalty": 0.25, "presence_penalty": 0.5, "logprobs": true, "top_logprobs": 3, "user": "u-4711"}),
        ),
        (
            "responses",
            json!({"include": ["message.output_text.logprobs"], "top_logprobs": 3, "user": "u-4711", "metadata": {"team": "a"}, "service_tier": "default"}),
        ),
        (
            "messages",
            json!({"top_k": 41, "metadata": {"user_id": "u-4711"}, "service_tier": "standard_only"}),
        ),
        (
            "gemini",
            json!({"generationConfig": {"maxOutputTokens": 9, "topK": 41, "frequencyPenalty": 0.25, "presencePenalty": 0.5, "responseLogprobs": true, "logprobs": 3}}),
        ),
        (
            "converse",
            json!({"additionalModelRequestFields": {"top_k": 41}, "requestMetadata": {"team": "a"}, "serviceTier": {"type": "default"}}),
        ),
        (
            "cohere",
            json!({"k": 41, "frequency_penalty": 0.25, "presence_penalty": 0.5, "logprobs": true}),
        ),
        (
            "ollama",
            json!({"options": {"num_predict": 9, "top_k": 41, "frequency_penalty": 0.25, "presence_penalty": 0.5}, "logprobs": true, "top_logprobs": 3}),
        ),
        (
            "completions",
            json!({"frequency_penalty": 0.25, "presence_penalty": 0.5, "logprobs": 3, "user": "u-4711"}),
        ),
    ];
    let settings: Vec<String> = expected
        .iter()
        .flat_map(|(_, fields)| fields.as_object().unwrap().keys().cloned())
        .collect();
    for ((target, encode), (name, fields)) in TARGETS.iter().zip(&expected) {
        assert_eq!(target, name);
        let encoded = encode(&made()).unwrap();
        let body: Value = serde_json::from_slice(encoded.request.body()).unwrap();
        let mut told = body.as_object().unwrap().clone();
        told.retain(|name, _| settings.contains(name));
        assert_eq!(Value::Object(told), *fields, "{target}");
    }
}

#[test]
fn an_account_that_knows_more_is_told_more_and_one_that_knows_less_is_told_less() {
    let all = Dialect::new().with_top_k().with_service_tier();
    let (body, notes) = encode(&OpenAiChat::new(all), &made(), "m");
    assert_eq!(body["top_k"], 41);
    assert_eq!(body["service_tier"], "default");
    let lost = ["metadata is left out: the target does not take it"];
    assert_eq!(words(&notes), lost);

    let less = Dialect::new().without_user();
    let (body, notes) = encode(&OpenAiChat::new(less), &made(), "m");
    for name in ["user", "top_k", "service_tier"] {
        assert_eq!(body.get(name), None, "{name}");
    }
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert_eq!(notes.iter().filter(|note| note.is_loss()).count(), 3);
}

#[test]
fn only_anthropic_s_own_platform_is_told_a_tier_it_did_not_name_itself() {
    let codec = AnthropicMessages::vertex();
    let (body, notes) = encode(&codec, &made(), "claude-sonnet-4-5");
    assert_eq!(body.get("service_tier"), None);
    assert!(words(&notes).contains(&"the service tier is left out: the target does not have it"));
}

#[test]
fn what_a_target_would_refuse_for_its_length_is_left_out_with_a_note() {
    let mut request = made();
    request.body_mut().user = Some("u".repeat(300));
    let data = ("key".to_owned(), "ж".repeat(600));
    request.body_mut().metadata = Some(BTreeMap::from([data]));
    let (body, notes) = encode(&OpenAiResponses::new(), &request, "m");
    assert_eq!((body.get("user"), body.get("metadata")), (None, None));
    assert_eq!(
        notes.iter().filter(|note| note.is_loss()).count(),
        5,
        "{notes:?}"
    );
    let (body, _) = encode(&AnthropicMessages::new(), &request, "claude-sonnet-4-5");
    assert_eq!(body.get("metadata"), None);
    let (body, _) = encode(&BedrockConverse::new(), &request, "amazon.nova-pro-v1:0");
    assert_eq!(body.get("requestMetadata"), None);
    assert_eq!(
        body["additionalModelRequestFields"]["inferenceConfig"]["topK"],
        41
    );
}

#[test]
fn what_no_setting_can_hold_stays_for_its_own_protocol() {
    let messages = json!({"model": "m", "messages": [{"role": "user", "content": "t"}]});
    for fields in [
        json!({"top_k": -1, "logprobs": 2, "user": 5, "service_tier": null, "metadata": {"a": 1}}),
        json!({"top_k": 5, "frequency_penalty": 0, "presence_penalty": 1e-1, "service_tier": "scale"}),
        json!({"logprobs": false, "top_logprobs": 2.0, "user": "é", "metadata": {"b": "1", "a": "2"}}),
        json!({"metadata": {}, "top_logprobs": null, "top_k": null}),
    ] {
        let client = OpenAiChat::new(Dialect::new().without_user());
        leaves_as_it_came(
            &OpenAiServer::new(),
            &client,
            "m",
            messages.clone(),
            &fields,
        );
    }
    let input = json!({"model": "m", "input": "t"});
    for fields in [
        json!({"include": ["message.output_text.logprobs", "new"], "top_logprobs": 2}),
        json!({"include": null, "user": null, "metadata": {"a": null}, "service_tier": 1}),
    ] {
        let client = OpenAiResponses::new();
        leaves_as_it_came(
            &ResponsesServer::new(),
            &client,
            "m",
            input.clone(),
            &fields,
        );
    }
    let messages =
        json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "t"}]});
    for fields in [
        json!({"top_k": -1, "metadata": {"user_id": 5}, "service_tier": {"new": 1}}),
        json!({"top_k": 5, "metadata": {"user_id": "u", "new": 1}, "service_tier": "new"}),
        json!({"metadata": {"user_id": null}}),
        json!({"metadata": {}}),
    ] {
        let client = AnthropicMessages::new();
        leaves_as_it_came(
            &AnthropicServer::new(),
            &client,
            "m",
            messages.clone(),
            &fields,
        );
    }
    let messages = json!({"messages": [{"role": "user", "content": [{"text": "t"}]}]});
    for fields in [
        json!({"requestMetadata": {"a": "1"}, "serviceTier": {"type": "reserved"}}),
        json!({"requestMetadata": {"a": 1}, "serviceTier": {"type": "flex", "new": 1}}),
        json!({"additionalModelRequestFields": {"inferenceConfig": {"topK": 5}}}),
    ] {
        let model = "amazon.nova-pro-v1:0";
        let server = BedrockServer::for_path("/model/amazon.nova-pro-v1:0/converse").unwrap();
        let client = BedrockConverse::new();
        leaves_as_it_came(&server, &client, model, messages.clone(), &fields);
    }
}

#[test]
fn a_tier_of_one_protocol_goes_by_another_s_name() {
    let body = json!({"messages": [{"role": "user", "content": [{"text": "t"}]}], "serviceTier": {"type": "flex"}});
    let server = BedrockServer::for_path("/model/default/converse").unwrap();
    let read = server
        .decode_request(&Bytes::from(body.to_string()))
        .unwrap();
    assert_eq!(read.request.service_tier, Some(ServiceTier::Flex));
    let (body, _) = encode(&OpenAiResponses::new(), &read.request, "gpt-5");
    assert_eq!(body["service_tier"], "flex");
}

#[test]
fn gemini_s_settings_are_read_in_both_spellings() {
    let server = GeminiServer::for_path("/v1beta/models/default:generateContent").unwrap();
    for config in [
        json!({"topK": 41, "responseLogprobs": true, "logprobs": 3}),
        json!({"top_k": 41, "response_logprobs": true, "logprobs": 3}),
    ] {
        let body = json!({"contents": [{"parts": [{"text": "t"}]}], "generationConfig": config});
        let read = server
            .decode_request(&Bytes::from(body.to_string()))
            .unwrap();
        assert_eq!(read.request.top_k, Some(41), "{config}");
        assert_eq!(read.request.logprobs, Some(true), "{config}");
        assert_eq!(read.request.top_logprobs, Some(3), "{config}");
    }
}

fn words(notes: &[Adaptation]) -> Vec<&str> {
    notes.iter().map(|note| &*note.what).collect()
}
