//! Gemini's Interactions.

use serde_json::Value;

use super::{Expected, data, items, string};

pub(crate) fn interactions(text: &str, stream: bool) -> Expected {
    let (steps, end) = if stream {
        put_together(&data(text))
    } else {
        let whole: Value = serde_json::from_str(text).expect("the body is JSON");
        (items(&whole["steps"]).to_vec(), whole)
    };
    let of_type = |name: &'static str| steps.iter().filter(move |step| step["type"] == name);
    let count = |name: &str| end["usage"][name].as_u64().unwrap_or(0);
    let thoughts = count("total_thought_tokens");
    let cached = count("total_cached_tokens");
    Expected {
        text: of_type("model_output")
            .flat_map(|step| items(&step["content"]))
            .map(|part| string(&part["text"]))
            .collect(),
        calls: of_type("function_call")
            .map(|step| (string(&step["name"]), step["arguments"].clone()))
            .collect(),
        finish: Some(match end["status"].as_str() {
            Some("completed") => "stop".to_owned(),
            Some("requires_action") => "tool_calls".to_owned(),
            Some("incomplete") => "length".to_owned(),
            other => panic!("{other:?}"),
        }),
        usage: [
            count("total_input_tokens") + count("total_tool_use_tokens") - cached,
            count("total_output_tokens") + thoughts,
            cached,
            0,
            thoughts,
        ],
    }
}

/// Returns the steps of a stream, and the interaction at its end.
fn put_together(events: &[Value]) -> (Vec<Value>, Value) {
    let mut steps: Vec<Value> = Vec::new();
    let mut end = Value::Null;
    for event in events {
        let delta = &event["delta"];
        match event["event_type"].as_str() {
            Some("step.start") => steps.push(event["step"].clone()),
            Some("step.delta") if delta["type"] == "text" => {
                let step = steps.last_mut().expect("a step has begun");
                if !step["content"].is_array() {
                    step["content"] = Value::Array(Vec::new());
                }
                let content = step["content"].as_array_mut().expect("an array");
                content.push(delta.clone());
            }
            Some("step.delta") if delta["type"] == "arguments_delta" => {
                let step = steps.last_mut().expect("a step has begun");
                let written = string(&step["written"]) + &string(&delta["arguments"]);
                step["arguments"] = serde_json::from_str(&written).unwrap_or_default();
                step["written"] = Value::from(written);
            }
            Some("interaction.completed") => end = event["interaction"].clone(),
            _ => {}
        }
    }
    (steps, end)
}
