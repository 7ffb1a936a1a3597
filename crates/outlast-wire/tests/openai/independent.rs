//! A second, slow reading of replies, straight from their JSON and the provider's documentation.

use outlast_types::{ChatResponse, ContentPart, FinishReason};
use serde_json::Value;

/// What a reply says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reading {
    text: String,
    reasoning: String,
    refusal: String,
    /// Names and arguments.
    calls: Vec<(String, String)>,
    ids: Vec<String>,
    finish: Option<String>,
    /// Input with all that was cached, output, reasoning.
    usage: (u64, u64, u64),
    cached: u64,
    model: String,
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
            ..Self::default()
        };
        for part in reply.content() {
            match part {
                ContentPart::Reasoning(part) => reading.reasoning.push_str(&part.text),
                ContentPart::Refusal(text) => reading.refusal.push_str(text),
                ContentPart::ToolCall(call) => {
                    reading
                        .calls
                        .push((call.name.clone(), call.arguments.clone()));
                    reading.ids.push(call.id.clone());
                }
                _ => {}
            }
        }
        reading
    }

    pub(crate) fn says_nothing(&self) -> bool {
        let empty = self.text.is_empty()
            && self.reasoning.is_empty()
            && self.refusal.is_empty()
            && self.calls.is_empty();
        let stopped = match self.finish.as_deref() {
            None => true,
            Some("stop") => self.usage.1 == 0,
            Some(_) => false,
        };
        empty && stopped
    }

    fn take_content(&mut self, content: &Value) {
        match content {
            Value::String(text) => self.text.push_str(text),
            Value::Object(_) => self.text.push_str(&content.to_string()),
            Value::Array(parts) => {
                for part in parts {
                    if part["type"] == "text" {
                        self.text.push_str(part["text"].as_str().unwrap());
                    }
                    for thought in part["thinking"].as_array().into_iter().flatten() {
                        self.reasoning.push_str(thought["text"].as_str().unwrap());
                    }
                }
            }
            _ => {}
        }
    }

    fn take_message(&mut self, message: &Value) {
        self.take_content(&message["content"]);
        let texts = [&message["reasoning_content"], &message["reasoning"]];
        let reasoning = texts
            .iter()
            .filter_map(|text| text.as_str())
            .find(|text| !text.is_empty());
        match reasoning {
            Some(text) => self.reasoning.push_str(text),
            None => {
                for detail in message["reasoning_details"]
                    .as_array()
                    .into_iter()
                    .flatten()
                {
                    let text = detail["text"].as_str().or(detail["summary"].as_str());
                    self.reasoning.push_str(text.unwrap_or_default());
                }
            }
        }
        self.refusal
            .push_str(message["refusal"].as_str().unwrap_or_default());
    }

    fn take_usage(&mut self, usage: &Value) {
        let count = |path: &str| usage.pointer(path).and_then(Value::as_u64).unwrap_or(0);
        let (prompt, completion) = (count("/prompt_tokens"), count("/completion_tokens"));
        let reasoning =
            count("/completion_tokens_details/reasoning_tokens").max(count("/reasoning_tokens"));
        let beside = count("/total_tokens").saturating_sub(prompt + completion);
        let sound = if beside > 0 {
            count("/prompt_tokens_details/audio_tokens")
        } else {
            0
        };
        self.cached = [
            "/prompt_tokens_details/cached_tokens",
            "/prompt_cache_hit_tokens",
            "/cached_tokens",
            "/num_cached_tokens",
        ]
        .iter()
        .map(|path| count(path))
        .max()
        .unwrap();
        let written = count("/prompt_tokens_details/cache_write_tokens");
        let input = (prompt + sound).max(self.cached + written);
        self.usage = (input, completion + beside - sound, reasoning);
    }
}

pub(crate) fn read_unary(body: &str) -> Reading {
    let reply: Value = serde_json::from_str(body).unwrap();
    let choice = &reply["choices"][0];
    let message = &choice["message"];
    let mut reading = Reading {
        finish: finish(&choice["finish_reason"]),
        model: reply["model"].as_str().unwrap_or_default().to_owned(),
        ..Reading::default()
    };
    reading.take_message(message);
    let legacy = message["function_call"]["name"]
        .as_str()
        .filter(|name| !name.is_empty())
        .map(|_| &message["function_call"]);
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let (function, arguments) = match &call["function"] {
            Value::Null => (&call["custom"], "input"),
            function => (function, "arguments"),
        };
        reading.push_call(call["id"].as_str(), function, arguments);
    }
    if let Some(function) = legacy {
        reading.push_call(None, function, "arguments");
    }
    reading.take_usage(&reply["usage"]);
    reading
}

impl Reading {
    fn push_call(&mut self, id: Option<&str>, function: &Value, arguments: &str) {
        self.ids.push(id.unwrap_or_default().to_owned());
        self.calls.push((
            function["name"].as_str().unwrap_or_default().to_owned(),
            function[arguments].as_str().unwrap_or_default().to_owned(),
        ));
    }
}

pub(crate) fn read_stream(body: &str) -> Reading {
    let mut reading = Reading::default();
    // Calls by their key: the index where there is one, else their order.
    let mut keys: Vec<String> = Vec::new();
    for line in body.lines() {
        let Some(data) = line.strip_prefix("data:").map(str::trim) else {
            continue;
        };
        let Ok(chunk) = serde_json::from_str::<Value>(data) else {
            continue;
        };
        if reading.model.is_empty() {
            reading.model = chunk["model"].as_str().unwrap_or_default().to_owned();
        }
        for usage in [&chunk["usage"], &chunk["x_groq"]["usage"]] {
            if usage.is_object() {
                reading.take_usage(usage);
            }
        }
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            if choice["index"] != 0 {
                continue;
            }
            let delta = &choice["delta"];
            reading.take_message(delta);
            for (position, call) in delta["tool_calls"]
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
            {
                let key = match call["index"].as_u64() {
                    Some(index) => format!("i{index}"),
                    None => match call["id"].as_str().unwrap_or_default() {
                        "" => format!("p{position}"),
                        id => format!("d{id}"),
                    },
                };
                let function = &call["function"];
                match keys.iter().position(|known| *known == key) {
                    Some(at) => reading.calls[at]
                        .1
                        .push_str(function["arguments"].as_str().unwrap_or_default()),
                    None => {
                        keys.push(key);
                        reading.push_call(call["id"].as_str(), function, "arguments");
                    }
                }
            }
            if reading.finish.is_none() {
                reading.finish = finish(&choice["finish_reason"]);
            }
        }
    }
    reading
}

fn finish(reason: &Value) -> Option<String> {
    let reason = reason.as_str().filter(|reason| !reason.is_empty())?;
    let known = match reason {
        "function_call" => FinishReason::ToolCalls.as_str(),
        "eos" => FinishReason::Stop.as_str(),
        other => other,
    };
    Some(known.to_owned())
}
