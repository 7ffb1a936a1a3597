//! Changes of JSON by path.

use serde_json::{Map, Value};

/// Sets the value at `path`, names with dots between them: a number is a place in a list, `+` its end, and what is not
/// there is made.
pub(crate) fn set(document: &mut Value, path: &str, value: Value) {
    let mut place = document;
    for name in path.split('.') {
        place = step(place, name);
    }
    *place = value;
}

fn step<'a>(place: &'a mut Value, name: &str) -> &'a mut Value {
    let is_place = name == "+" || name.parse::<usize>().is_ok();
    if place.is_null() {
        *place = if is_place {
            Value::Array(Vec::new())
        } else {
            Value::Object(Map::new())
        };
    }
    match place {
        Value::Array(items) => {
            let at = name.parse().unwrap_or(items.len());
            if at >= items.len() {
                items.push(Value::Null);
            }
            let last = items.len() - 1;
            &mut items[at.min(last)]
        }
        Value::Object(fields) => fields.entry(name.to_owned()).or_insert(Value::Null),
        other => panic!("{name} within {other}"),
    }
}
