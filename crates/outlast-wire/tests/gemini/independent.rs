//! A second, slow reading of replies, straight from their JSON and the provider's documentation.

use outlast_types::{ChatResponse, ContentPart};
use serde_json::Value;

/// What a reply says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reading {
    text: String,
    thoughts: String,
    /// Names, arguments and ids.
    calls: Vec<(String, Value, String)>,
    /// Parts that are none of these, and signatures.
    others: usize,
    signatures: Vec<String>,
    finish: Option<String>,
    /// Input with all that was cached, output, reasoning.
    usage: (u64, u64, u64),
    cached: u64,
    model: String,
    id: String,
}

impl Reading {
    pub(crate) fn of(reply: &ChatResponse) -> Self {
        let mut reading = Self {
            text: reply.text(),
            finish: reply.finish().map(|reason| reason.as_str().to_owned()),
            usage: (
                reply.usage.total_input(),
                reply.usage.output,
                reply.usage.reasoning,
            ),
            cached: reply.usage.cached_read,
            model: reply.start.model.clone().unwrap_or_default(),
            id: reply.start.id.clone().unwrap_or_default(),
            ..Self::default()
        };
        for part in reply.content() {
            let mut part = part.clone();
            match &part {
                ContentPart::Text(_) => {}
                ContentPart::Reasoning(part) => {
                    reading.thoughts.push_str(&part.text);
                    reading.signatures.extend(part.signature.clone());
                }
                ContentPart::ToolCall(call) => {
                    let arguments = if call.arguments.is_empty() {
                        Value::Null
                    } else {
                        serde_json::from_str(&call.arguments).unwrap()
                    };
                    reading
                        .calls
                        .push((call.name.clone(), arguments, call.id.clone()));
                }
                ContentPart::Opaque(opaque) => {
                    let raw: Value = opaque.raw.read().unwrap();
                    reading.sign(&raw);
                    reading.others += 1;
                }
                _ => reading.others += 1,
            }
            if let Some(Some(extra)) = part.extra_mut() {
                let signature = extra.fields.get("thoughtSignature");
                reading
                    .signatures
                    .extend(signature.map(|raw| raw.read::<String>().unwrap()));
            }
        }
        reading
    }

    pub(crate) fn says_nothing(&self) -> bool {
        let is_empty = self.text.is_empty()
            && self.thoughts.is_empty()
            && self.calls.is_empty()
            && self.others == 0
            && self.signatures.is_empty();
        let stopped = match self.finish.as_deref() {
            None => true,
            Some("stop") => self.usage.1 == 0,
            Some(_) => false,
        };
        is_empty && stopped
    }

    fn sign(&mut self, part: &Value) {
        let signature = part["thoughtSignature"].as_str();
        self.signatures.extend(signature.map(str::to_owned));
    }

    fn take_part(&mut self, part: &Value) {
        self.sign(part);
        if let Some(text) = part["text"].as_str() {
            if part["thought"] == true {
                self.thoughts.push_str(text);
            } else {
                self.text.push_str(text);
            }
            return;
        }
        let call = &part["functionCall"];
        if !call.is_object() {
            self.others += 1;
        } else if let Some(name) = call["name"].as_str() {
            let id = call["id"].as_str().unwrap_or_default().to_owned();
            let arguments = if call["willContinue"] == true {
                serde_json::json!({})
            } else {
                call["args"].clone()
            };
            self.calls.push((name.to_owned(), arguments, id));
        } else {
            self.take_pieces(&call["partialArgs"]);
        }
    }

    /// Takes pieces of the last call's arguments; the recorded ones are strings at the top.
    fn take_pieces(&mut self, pieces: &Value) {
        for piece in pieces.as_array().into_iter().flatten() {
            let name = piece["jsonPath"]
                .as_str()
                .unwrap()
                .strip_prefix("$.")
                .unwrap();
            let arguments = &mut self.calls.last_mut().unwrap().1;
            let before = arguments[name].as_str().unwrap_or_default();
            let text = format!("{before}{}", piece["stringValue"].as_str().unwrap());
            arguments[name] = Value::from(text);
        }
    }

    fn take_usage(&mut self, usage: &Value) {
        let count = |name: &str| usage[name].as_u64().unwrap_or(0);
        let (candidates, thoughts) = (count("candidatesTokenCount"), count("thoughtsTokenCount"));
        let input = count("promptTokenCount") + count("toolUsePromptTokenCount");
        self.usage = (input, candidates + thoughts, thoughts);
        self.cached = count("cachedContentTokenCount");
    }

    fn take_finish(&mut self, reason: &Value) {
        let name = match reason {
            Value::Number(number) => match number.as_u64() {
                Some(1) => "STOP",
                Some(2) => "MAX_TOKENS",
                _ => "?",
            },
            Value::String(name) => name,
            _ => return,
        };
        self.finish = Some(
            match name {
                "STOP" => "stop",
                "MAX_TOKENS" => "length",
                "SAFETY" | "RECITATION" => "content_filter",
                other => other,
            }
            .to_owned(),
        );
    }
}

/// Reads a body, whether it is one reply, an array of chunks or a stream of them.
pub(crate) fn read(body: &str) -> Reading {
    let mut reading = Reading::default();
    for chunk in chunks(body) {
        for candidate in chunk["candidates"].as_array().into_iter().flatten() {
            assert_eq!(candidate["index"].as_u64().unwrap_or(0), 0);
            for part in candidate["content"]["parts"]
                .as_array()
                .into_iter()
                .flatten()
            {
                reading.take_part(part);
            }
            reading.take_finish(&candidate["finishReason"]);
        }
        if chunk["promptFeedback"]["blockReason"].is_string() {
            reading.finish = Some("content_filter".to_owned());
        }
        if chunk["usageMetadata"].is_object() {
            reading.take_usage(&chunk["usageMetadata"]);
        }
        for (place, name) in [
            (&mut reading.model, "modelVersion"),
            (&mut reading.id, "responseId"),
        ] {
            if place.is_empty() {
                *place = chunk[name].as_str().unwrap_or_default().to_owned();
            }
        }
    }
    if reading.finish.as_deref() == Some("stop") && !reading.calls.is_empty() {
        reading.finish = Some("tool_calls".to_owned());
    }
    reading
}

fn chunks(body: &str) -> Vec<Value> {
    match serde_json::from_str(body) {
        Ok(Value::Array(chunks)) => chunks,
        Ok(chunk) => vec![chunk],
        Err(_) => body
            .lines()
            .filter_map(|line| Some(serde_json::from_str(line.strip_prefix("data:")?).unwrap()))
            .collect(),
    }
}
