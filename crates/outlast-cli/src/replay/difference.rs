//! Where two JSON documents differ.

use serde_json::{Map, Number, Value};

/// Returns the first place where `written` is not `recorded`, and how; never what stands there. The order of fields
/// does not matter, and neither does how a number is written.
pub(super) fn difference(recorded: &Value, written: &Value) -> Option<String> {
    match (recorded, written) {
        (Value::Object(recorded), Value::Object(written)) => in_fields(recorded, written),
        (Value::Array(recorded), Value::Array(written)) => in_items(recorded, written),
        (Value::Number(recorded), Value::Number(written)) if same(recorded, written) => None,
        _ if recorded == written => None,
        _ => Some(": is another value".to_owned()),
    }
}

fn in_fields(recorded: &Map<String, Value>, written: &Map<String, Value>) -> Option<String> {
    for (name, value) in recorded {
        let Some(written) = written.get(name) else {
            return Some(format!(".{name}: is left out"));
        };
        if let Some(place) = difference(value, written) {
            return Some(format!(".{name}{place}"));
        }
    }
    let added = written.keys().find(|name| !recorded.contains_key(*name))?;
    Some(format!(".{added}: is added"))
}

fn in_items(recorded: &[Value], written: &[Value]) -> Option<String> {
    let pairs = recorded.iter().zip(written);
    let differing = pairs.enumerate().find_map(|(at, (recorded, written))| {
        Some(format!("[{at}]{}", difference(recorded, written)?))
    });
    differing.or_else(|| {
        let same_length = recorded.len() == written.len();
        (!same_length).then(|| format!(": {} items instead of {}", written.len(), recorded.len()))
    })
}

fn same(recorded: &Number, written: &Number) -> bool {
    recorded == written || recorded.as_f64() == written.as_f64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(recorded: &Value, written: &Value, place: Option<&str>) {
        assert_eq!(difference(recorded, written).as_deref(), place);
    }

    #[test]
    fn the_order_of_fields_and_the_form_of_numbers_do_not_matter() {
        check(
            &json!({"a": 1, "b": [1.0, 2]}),
            &json!({"b": [1, 2.0], "a": 1.0}),
            None,
        );
    }

    #[test]
    fn the_place_is_named_and_what_stands_there_is_not() {
        let recorded = json!({"messages": [{"content": "secret"}], "x": null});
        check(
            &recorded,
            &json!({"messages": [{"content": "public"}], "x": null}),
            Some(".messages[0].content: is another value"),
        );
        check(
            &recorded,
            &json!({"messages": [{"content": "secret"}]}),
            Some(".x: is left out"),
        );
        check(
            &recorded,
            &json!({"messages": [{"content": "secret"}], "x": null, "y": 1}),
            Some(".y: is added"),
        );
        check(
            &recorded,
            &json!({"messages": [], "x": null}),
            Some(".messages: 0 items instead of 1"),
        );
        check(&json!(1), &json!("1"), Some(": is another value"));
    }
}
