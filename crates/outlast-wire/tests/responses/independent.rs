//! A second, slow reading of replies, straight from their JSON and the provider's documentation.

use outlast_types::{ChatResponse, ContentPart};
use serde_json::Value;

/// What a reply says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reading {
    /// The items that the caller sees, in order.
    said: Vec<Said>,
    finish: Option<String>,
    /// Input with all that was cached, output, reasoning, cached.
    usage: [u64; 4],
    id: Option<String>,
    model: Option<String>,
}

#[derive(Debug, PartialEq)]
enum Said {
    Text {
        text: String,
        annotations: Vec<Value>,
    },
    Refusal(String),
    Thought {
        text: String,
        encrypted: Option<String>,
    },
    Call {
        id: String,
        name: String,
        arguments: String,
    },
    /// Anything else, word for word.
    Other(Value),
}

impl Reading {
    /// Reads what the codec made.
    pub(crate) fn of(reply: &ChatResponse) -> Self {
        let usage = reply.usage;
        Self {
            said: reply.content().iter().map(said).collect(),
            finish: reply.finish().map(|reason| reason.as_str().to_owned()),
            usage: [
                usage.total_input(),
                usage.output,
                usage.reasoning,
                usage.cached_read,
            ],
            id: reply.start.id.clone(),
            model: reply.start.model.clone(),
        }
    }

    /// Names the model of a reply that does not.
    pub(crate) fn with_model(mut self, model: &str) -> Self {
        self.model.get_or_insert_with(|| model.to_owned());
        self
    }

    /// Forgets the order of the items.
    pub(crate) fn sort(&mut self) {
        self.said.sort_by_key(|said| format!("{said:?}"));
    }

    /// Reads a response object.
    fn of_response(response: &Value, items: &[&Value]) -> Self {
        let mut reading = Self {
            id: response["id"].as_str().map(str::to_owned),
            model: response["model"].as_str().map(str::to_owned),
            ..Self::default()
        };
        // xAI's own tools are called like custom ones.
        let custom: Vec<&str> = response["tools"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|tool| tool["type"] == "custom")
            .filter_map(|tool| tool["name"].as_str())
            .collect();
        let is_call = |item: &Value| match kind(item) {
            "function_call" => true,
            "custom_tool_call" => custom.contains(&item["name"].as_str().unwrap()),
            _ => false,
        };
        for item in items {
            if is_call(item) || !kind(item).ends_with("_tool_call") {
                reading.take_item(item);
            } else {
                reading.said.push(Said::Other((*item).clone()));
            }
        }
        let has_calls = items.iter().any(|item| is_call(item));
        let finish = match response["status"].as_str() {
            Some("incomplete") => match response["incomplete_details"]["reason"].as_str() {
                Some("max_output_tokens") => "length",
                Some(reason) => reason,
                None => "incomplete",
            },
            Some("completed") | None if has_calls => "tool_calls",
            Some("completed") | None => "stop",
            Some(status) => status,
        };
        reading.finish = Some(finish.to_owned());
        let count = |path: &str| response["usage"].pointer(path).and_then(Value::as_u64);
        let cached = count("/input_tokens_details/cached_tokens").unwrap_or(0);
        let written = count("/input_tokens_details/cache_write_tokens").unwrap_or(0);
        reading.usage = [
            count("/input_tokens").unwrap_or(0).max(cached + written),
            count("/output_tokens").unwrap_or(0),
            count("/output_tokens_details/reasoning_tokens").unwrap_or(0),
            cached,
        ];
        reading
    }

    fn take_item(&mut self, item: &Value) {
        let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let said = match kind(item) {
            "message" => {
                for part in item["content"].as_array().unwrap() {
                    self.said.push(match part["type"].as_str().unwrap() {
                        "refusal" => Said::Refusal(string(&part["refusal"])),
                        _ => Said::Text {
                            text: string(&part["text"]),
                            annotations: part["annotations"]
                                .as_array()
                                .cloned()
                                .unwrap_or_default(),
                        },
                    });
                }
                return;
            }
            "reasoning" => {
                let lists = [&item["summary"], &item["content"]];
                let texts = lists.iter().filter_map(|list| list.as_array()).flatten();
                let texts: Vec<&str> = texts.map(|text| text["text"].as_str().unwrap()).collect();
                Said::Thought {
                    text: texts.join("\n\n"),
                    encrypted: item["encrypted_content"].as_str().map(str::to_owned),
                }
            }
            "function_call" => Said::Call {
                id: string(item.get("call_id").unwrap_or(&item["id"])),
                name: string(&item["name"]),
                arguments: string(&item["arguments"]),
            },
            "custom_tool_call" => Said::Call {
                id: string(&item["call_id"]),
                name: string(&item["name"]),
                arguments: string(&item["input"]),
            },
            _ => Said::Other(item.clone()),
        };
        self.said.push(said);
    }

    pub(crate) fn says_nothing(&self) -> bool {
        let stopped = match self.finish.as_deref() {
            None => true,
            Some("stop") => self.usage[1] == 0,
            Some(_) => false,
        };
        self.said.is_empty() && stopped
    }

    /// Counts its tool calls.
    pub(crate) fn calls(&self) -> usize {
        let is_call = |said: &&Said| matches!(said, Said::Call { .. });
        self.said.iter().filter(is_call).count()
    }
}

fn kind(item: &Value) -> &str {
    item["type"].as_str().unwrap_or_default()
}

fn said(part: &ContentPart) -> Said {
    match part {
        ContentPart::Text(part) => Said::Text {
            text: part.text.clone(),
            annotations: part
                .extra
                .as_ref()
                .and_then(|extra| extra.fields.get("annotations"))
                .map(|list| list.read().unwrap())
                .unwrap_or_default(),
        },
        ContentPart::Refusal(text) => Said::Refusal(text.clone()),
        ContentPart::Reasoning(part) => Said::Thought {
            text: part.text.clone(),
            encrypted: part.signature.clone(),
        },
        ContentPart::ToolCall(call) => Said::Call {
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: call.arguments.clone(),
        },
        ContentPart::Opaque(opaque) => Said::Other(opaque.raw.read().unwrap()),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn read_unary(body: &str) -> Reading {
    let response: Value = serde_json::from_str(body).unwrap();
    let items: Vec<&Value> = response["output"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    Reading::of_response(&response, &items)
}

/// Reads a stream by the items that are done, without any of their pieces.
pub(crate) fn read_stream(body: &str) -> Reading {
    let frames: Vec<Value> = body
        .lines()
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?.trim()).ok())
        .collect();
    let done = frames
        .iter()
        .filter(|frame| frame["type"] == "response.output_item.done");
    let mut done: Vec<&Value> = done.collect();
    done.sort_by_key(|frame| frame["output_index"].as_u64());
    let mut items: Vec<&Value> = done.iter().map(|frame| &frame["item"]).collect();
    let last = frames
        .iter()
        .rev()
        .find(|frame| frame["response"].is_object());
    let response = &last.unwrap()["response"];
    if items.is_empty() {
        items = response["output"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
    }
    let mut reading = Reading::of_response(response, &items);
    // It is known by the id it began with.
    let first = frames.iter().find(|frame| frame["response"].is_object());
    reading.id = first.unwrap()["response"]["id"].as_str().map(str::to_owned);
    reading
}
