//! Ollama's own format: a whole reply is a stream of one line.

use serde_json::Value;

use super::{Expected, items, string};

pub(crate) fn ollama(text: &str, stream: bool) -> Expected {
    let lines: Vec<Value> = if stream {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    } else {
        vec![serde_json::from_str(text).expect("the body is JSON")]
    };
    let last = lines.last().expect("a line");
    let count = |name: &str| last[name].as_u64().unwrap_or(0);
    Expected {
        text: lines
            .iter()
            .map(|line| string(&line["message"]["content"]))
            .collect(),
        calls: lines
            .iter()
            .flat_map(|line| items(&line["message"]["tool_calls"]))
            .map(|call| {
                let function = &call["function"];
                (string(&function["name"]), function["arguments"].clone())
            })
            .collect(),
        finish: Some(last["done_reason"].as_str().unwrap_or("stop").to_owned()),
        usage: [count("prompt_eval_count"), count("eval_count"), 0, 0, 0],
    }
}
