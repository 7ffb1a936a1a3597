//! OpenAI's older Completions.

use serde_json::Value;

use super::{Expected, chat_usage, data, items, string};

pub(crate) fn completions(text: &str, stream: bool) -> Expected {
    let chunks = if stream {
        data(text)
    } else {
        vec![serde_json::from_str(text).expect("the body is JSON")]
    };
    let first_of = |chunk: &'_ Value| -> Vec<Value> {
        let choices = items(&chunk["choices"]).iter();
        choices
            .filter(|choice| choice["index"].as_u64().unwrap_or(0) == 0)
            .cloned()
            .collect()
    };
    let choices: Vec<Value> = chunks.iter().flat_map(first_of).collect();
    let counted = chunks.iter().rev().find(|chunk| chunk["usage"].is_object());
    Expected {
        text: choices
            .iter()
            .map(|choice| string(&choice["text"]))
            .collect(),
        calls: Vec::new(),
        finish: choices
            .iter()
            .rev()
            .find_map(|choice| choice["finish_reason"].as_str())
            .map(str::to_owned),
        usage: counted.map_or([0; 5], |chunk| chat_usage(&chunk["usage"])),
    }
}
