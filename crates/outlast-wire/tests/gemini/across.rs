//! Requests of other protocols, as Gemini takes them, and the other way about.

use bytes::Bytes;
use outlast_types::{ChatRequest, Mode};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::gemini::Gemini;
use outlast_wire::openai::{OpenAiChat, OpenAiServer};
use outlast_wire::{ClientCodec, EncodeOptions, ServerCodec};
use serde_json::{Value, json};

use crate::recorded::exchanges;
use crate::support::decode_request;

fn read(server: &impl ServerCodec, body: &Value) -> ChatRequest {
    server
        .decode_request(&Bytes::from(body.to_string()))
        .unwrap()
        .request
}

/// Writes a request for a model: the body, and what was done about it.
fn written(codec: &impl ClientCodec, request: &ChatRequest, model: &str) -> Value {
    let options = EncodeOptions {
        model,
        mode: Mode::Unary,
        provider: "other",
    };
    let encoded = codec.encode(request, &options).unwrap();
    let body: Value = serde_json::from_slice(encoded.request.body()).unwrap();
    let notes: Vec<&str> = encoded.adaptations.iter().map(|note| &*note.what).collect();
    json!({"body": body, "notes": notes})
}

/// A conversation of OpenAI's with everything in it that Gemini has a form for.
fn chat() -> Value {
    let call = |id: &str, name: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{\"city\":\"Rome\"}"}});
    json!({
        "model": "route",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": "Use tools."},
            {"role": "user", "name": "ann", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/cat.webp"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            ]},
            {"role": "assistant", "content": null, "reasoning_content": "hm", "tool_calls": [call("call_1", "weather"), call("call_2", "time")]},
            {"role": "tool", "tool_call_id": "call_2", "content": "noon"},
            {"role": "tool", "tool_call_id": "call_1", "content": "{\"sky\":\"blue\"}"},
            {"role": "system", "content": "Answer in Latin."},
            {"role": "user", "content": "And now?"},
        ],
        "tools": [
            {"type": "function", "function": {"name": "weather", "description": "d", "strict": true, "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": false}}},
            {"type": "function", "function": {"name": "time"}},
        ],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": false,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "number"}}}}},
        "max_completion_tokens": 500, "temperature": 0.5, "top_p": 0.9, "seed": 9_999_999_999_u64, "n": 2,
        "stop": ["1", "2", "3", "4", "5", "6"], "reasoning_effort": "high", "frequency_penalty": 0.5, "user": "u",
    })
}

/// The like of Anthropic's.
fn messages() -> Value {
    json!({
        "model": "route", "max_tokens": 4000, "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [
                {"type": "document", "title": "t", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}},
                {"type": "text", "text": "What is this?"},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "text", "text": "Looking."},
                {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"x": 1}},
                {"type": "tool_use", "id": "toolu_2", "name": "look", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [
                    {"type": "text", "text": "seen"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}},
                ]},
                {"type": "tool_result", "tool_use_id": "toolu_2", "is_error": true, "content": "no such file"},
                {"type": "text", "text": "Go on."},
            ]},
        ],
        "tools": [
            {"name": "look", "description": "d", "input_schema": {"type": "object", "properties": {"x": {"type": "number"}}}},
            {"type": "web_search_20250305", "name": "web_search"},
        ],
        "tool_choice": {"type": "any"},
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "stop_sequences": ["END"], "top_k": 5, "metadata": {"user_id": "u"},
    })
}

/// The like of Gemini's.
fn contents() -> Value {
    json!({
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [
                {"text": "What is this?"},
                {"inlineData": {"mimeType": "image/png", "data": "iVBO_-"}},
                {"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}},
            ]},
            {"role": "model", "parts": [
                {"text": "hm", "thought": true},
                {"text": "Looking.", "thoughtSignature": "s0"},
                {"functionCall": {"name": "look", "args": {"x": 1}}, "thoughtSignature": "s1"},
                {"functionCall": {"name": "find", "args": {"x": 2}}},
            ]},
            {"role": "user", "parts": [
                {"functionResponse": {"name": "look", "response": {"output": "seen"}}},
                {"functionResponse": {"name": "find", "response": {"error": "lost"}}},
            ]},
        ],
        "tools": [
            {"functionDeclarations": [
                {"name": "look", "description": "d", "parameters": {"type": "OBJECT", "properties": {"x": {"type": "NUMBER"}}}},
                {"name": "find", "parametersJsonSchema": {"type": "object"}},
            ]},
            {"googleSearch": {}},
        ],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "generationConfig": {
            "temperature": 0.5, "topK": 40, "maxOutputTokens": 900, "stopSequences": ["END"],
            "responseMimeType": "application/json", "responseSchema": {"type": "OBJECT", "title": "Answer", "properties": {"b": {"type": "STRING"}}},
            "thinkingConfig": {"thinkingBudget": 2000, "includeThoughts": true},
        },
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    })
}

#[test]
fn a_request_of_openai_s_is_adapted_to_each_generation() {
    let request = read(&OpenAiServer::new(), &chat());
    insta::assert_json_snapshot!(
        "chat_to_2_5",
        written(&Gemini::new(), &request, "gemini-2.5-flash")
    );
    insta::assert_json_snapshot!(
        "chat_to_3",
        written(&Gemini::new(), &request, "gemini-3-pro-preview")
    );
}

#[test]
fn a_request_of_anthropic_s_is_adapted_to_each_generation() {
    let request = read(&AnthropicServer::new(), &messages());
    insta::assert_json_snapshot!(
        "messages_to_2_5",
        written(&Gemini::new(), &request, "gemini-2.5-pro")
    );
    insta::assert_json_snapshot!(
        "messages_to_3",
        written(&Gemini::new(), &request, "gemini-3-flash-preview")
    );
}

#[test]
fn a_request_of_gemini_s_is_adapted_to_other_protocols() {
    let request = decode_request(&contents()).unwrap();
    insta::assert_json_snapshot!(
        "to_chat",
        written(&OpenAiChat::default(), &request, "gpt-5")
    );
    insta::assert_json_snapshot!(
        "to_messages",
        written(&AnthropicMessages::new(), &request, "claude-sonnet-4-5")
    );
}

#[test]
fn a_request_of_gemini_s_for_another_of_its_models_keeps_all_but_how_much_to_think() {
    let request = decode_request(&contents()).unwrap();
    let other = written(&Gemini::new(), &request, "gemini-3-pro-preview");
    let mut expected = contents();
    expected["generationConfig"]["thinkingConfig"] =
        json!({"includeThoughts": true, "thinkingLevel": "high"});
    // The form of the answer is said in the other of the two ways.
    let config = &mut expected["generationConfig"];
    config.as_object_mut().unwrap().remove("responseSchema");
    config["responseJsonSchema"] =
        json!({"type": "object", "title": "Answer", "properties": {"b": {"type": "string"}}});
    assert_eq!(other["body"], expected);
    assert_eq!(
        other["notes"],
        json!(["how much to think, 2000 tokens, becomes \"high\""])
    );
}

#[test]
fn a_model_without_instructions_reads_them_in_the_user_s_turn() {
    let request = ChatRequest::user("Hi").with_system("Be brief.");
    let gemma = written(&Gemini::new(), &request, "gemma-3-27b-it");
    assert_eq!(
        gemma["body"],
        json!({"contents": [{"role": "user", "parts": [{"text": "Be brief."}, {"text": "Hi"}]}]})
    );
    assert_eq!(gemma["notes"].as_array().unwrap().len(), 1);
}

#[test]
fn the_options_of_an_account_are_added_to_an_object_and_not_put_in_its_place() {
    let mut request = ChatRequest::user("Hi").with_max_output_tokens(5);
    let options = [
        ("generationConfig".to_owned(), json!({"topK": 3}).into()),
        ("safetySettings".to_owned(), json!([]).into()),
    ];
    request
        .body_mut()
        .provider_options
        .insert("other".to_owned(), options.into());
    let body = written(&Gemini::new(), &request, "gemini-2.5-flash")["body"].clone();
    assert_eq!(
        body["generationConfig"],
        json!({"maxOutputTokens": 5, "topK": 3})
    );
    assert_eq!(body["safetySettings"], json!([]));
}

#[test]
fn every_recorded_request_of_gemini_s_can_be_sent_elsewhere_or_says_why_not() {
    let mut seen = 0;
    for exchange in exchanges("generate") {
        if !exchange.request.is_object() {
            continue;
        }
        let request = decode_request(&exchange.request).unwrap();
        for (codec, model) in [(true, "gpt-5"), (false, "claude-sonnet-4-5")] {
            let options = EncodeOptions {
                model,
                mode: Mode::Unary,
                provider: "other",
            };
            let encoded = if codec {
                OpenAiChat::default().encode(&request, &options)
            } else {
                AnthropicMessages::new().encode(&request, &options)
            };
            match encoded {
                Ok(encoded) => {
                    let body: Value = serde_json::from_slice(encoded.request.body()).unwrap();
                    let text = body.to_string();
                    assert!(!text.contains("thoughtSignature"), "{}", exchange.name());
                    seen += 1;
                }
                Err(error) => assert!(error.message().is_some(), "{}", exchange.name()),
            }
        }
    }
    assert!(seen > 0);
}
