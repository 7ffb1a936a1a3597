//! A second reading of recorded replies, by trees of values and knowing nothing of the first.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(crate) type Model = (String, Option<u64>, Option<u64>, Option<i64>);

pub(crate) fn vectors(provider: &str, document: &Value) -> Vec<Vec<f32>> {
    let mut items: Vec<&Value> = document["data"].as_array().expect("data").iter().collect();
    items.sort_by_key(|item| item["index"].as_u64());
    let number = |number: &Value| number.as_f64().expect("a number") as f32;
    items
        .into_iter()
        .map(|item| match &item["embedding"] {
            Value::Array(numbers) => numbers.iter().map(number).collect(),
            Value::String(text) => {
                let bytes = STANDARD.decode(text).expect("base64");
                if provider == "perplexity" {
                    bytes.iter().map(|byte| f32::from(*byte as i8)).collect()
                } else {
                    let fours = bytes.chunks(4);
                    fours
                        .map(|four| f32::from_le_bytes(four.try_into().expect("four")))
                        .collect()
                }
            }
            other => panic!("{other} is no vector"),
        })
        .collect()
}

pub(crate) fn embedding_tokens(document: &Value) -> u64 {
    let usage = &document["usage"];
    let tokens = usage["prompt_tokens"]
        .as_u64()
        .or(usage["total_tokens"].as_u64());
    tokens.unwrap_or(0)
}

pub(crate) fn models(document: &Value) -> Vec<Model> {
    let list = [document, &document["data"], &document["models"]];
    let list = list.into_iter().find_map(Value::as_array);
    match list {
        Some(items) => items.iter().map(model).collect(),
        None => vec![model(document)],
    }
}

fn model(item: &Value) -> Model {
    let first = |places: &[&str]| {
        let mut counts = places
            .iter()
            .filter_map(|place| item.pointer(place)?.as_u64());
        counts.find(|count| *count > 0)
    };
    let context = first(&[
        "/context_length",
        "/context_window",
        "/max_context_length",
        "/max_model_len",
        "/max_input_tokens",
        "/meta/n_ctx",
        "/capabilities/limits/max_context_window_tokens",
    ]);
    let output = first(&[
        "/max_completion_tokens",
        "/max_output_length",
        "/max_tokens",
        "/top_provider/max_completion_tokens",
        "/capabilities/limits/max_output_tokens",
    ]);
    let day = item["created_at"]
        .as_str()
        .and_then(|text| text.split('T').next());
    let created = match (day, item["created"].as_i64()) {
        (Some(day), _) => Some(days(day) * 86_400),
        (None, seconds) => seconds,
    };
    let id = item["id"]
        .as_str()
        .or(item["model"].as_str())
        .expect("a name");
    (id.to_owned(), context, output, created.filter(|at| *at > 0))
}

/// Counts the days since 1970 of a date at midnight.
fn days(date: &str) -> i64 {
    let parts: Vec<i64> = date
        .split('-')
        .map(|part| part.parse().expect("a number"))
        .collect();
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let months = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years: i64 = (1970..parts[0])
        .map(|year| 365 + i64::from(leap(year)))
        .sum();
    let month = usize::try_from(parts[1]).expect("a month");
    let before: i64 = months[..month - 1].iter().sum();
    years + before + i64::from(month > 2 && leap(parts[0])) + parts[2] - 1
}
