//! A schema without references and without `allOf`.

use serde_json::{Map, Value, json};

/// The keywords of a schema and of all it refers to, put together.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) keywords: Map<String, Value>,
    /// Lists of schemas; one of each list has to hold.
    choices: Vec<Vec<Value>>,
}

impl Flat {
    /// Adds the keywords of `part`, so that both hold.
    pub(super) fn merge(&mut self, mut part: Map<String, Value>) {
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(choice)) = part.remove(keyword) {
                self.choices.push(choice);
            }
        }
        // A constant is an enum of one, and so two of them can be put together.
        if let Some(value) = part.remove("const") {
            self.merge_keyword("enum".to_owned(), json!([value]));
        }
        for (keyword, value) in part {
            self.merge_keyword(keyword, value);
        }
    }

    fn merge_keyword(&mut self, keyword: String, value: Value) {
        let value = match self.keywords.remove(&keyword) {
            Some(old) => both(&keyword, old, value),
            None => value,
        };
        self.keywords.insert(keyword, value);
    }

    /// Returns this schema with each alternative of its first choice; `None` if there is no choice.
    pub(super) fn alternatives(&self) -> Option<impl Iterator<Item = Value>> {
        let (first, others) = self.choices.split_first()?;
        let mut rest = self.keywords.clone();
        let others: Vec<_> = others
            .iter()
            .map(|choice| json!({ "anyOf": choice }))
            .collect();
        Some(first.iter().map(move |alternative| {
            let mut all = others.clone();
            all.push(alternative.clone());
            rest.insert("allOf".to_owned(), Value::Array(all));
            Value::Object(rest.clone())
        }))
    }
}

/// Puts two values of one keyword together, so that both hold.
fn both(keyword: &str, old: Value, new: Value) -> Value {
    match (keyword, old, new) {
        ("properties" | "$defs" | "definitions", Value::Object(old), Value::Object(new)) => {
            Value::Object(both_properties(old, new))
        }
        ("required", Value::Array(mut old), Value::Array(new)) => {
            let added: Vec<_> = new.into_iter().filter(|name| !old.contains(name)).collect();
            old.extend(added);
            Value::Array(old)
        }
        ("enum", Value::Array(old), Value::Array(new)) => old
            .into_iter()
            .filter(|value| new.contains(value))
            .collect(),
        ("type", old, new) => both_types(&old, &new),
        ("items" | "additionalProperties" | "contains", old, new) => json!({ "allOf": [old, new] }),
        (_, old, new) if is_lower_limit(keyword) => larger(old, new),
        (_, old, new) if is_upper_limit(keyword) => smaller(old, new),
        (_, _, new) => new,
    }
}

fn both_properties(mut old: Map<String, Value>, new: Map<String, Value>) -> Map<String, Value> {
    for (name, schema) in new {
        let schema = match old.remove(&name) {
            Some(first) => json!({ "allOf": [first, schema] }),
            None => schema,
        };
        old.insert(name, schema);
    }
    old
}

/// Returns the types that are in both; an integer is a number too.
fn both_types(old: &Value, new: &Value) -> Value {
    let (old, new) = (types(old), types(new));
    let narrower = |wide: &[&str], narrow: &[&str]| -> Vec<Value> {
        let fits = |kind: &&&str| {
            wide.contains(*kind) || (**kind == "integer" && wide.contains(&"number"))
        };
        narrow
            .iter()
            .filter(fits)
            .map(|kind| Value::from(*kind))
            .collect()
    };
    let mut common = narrower(&old, &new);
    common.extend(narrower(&new, &old));
    common.dedup();
    Value::Array(common)
}

/// Returns the types that a `type` names.
pub(super) fn types(value: &Value) -> Vec<&str> {
    match value {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_lower_limit(keyword: &str) -> bool {
    keyword.starts_with("min") || keyword == "exclusiveMinimum"
}

fn is_upper_limit(keyword: &str) -> bool {
    keyword.starts_with("max") || keyword == "exclusiveMaximum"
}

fn larger(a: Value, b: Value) -> Value {
    if a.as_f64() >= b.as_f64() { a } else { b }
}

fn smaller(a: Value, b: Value) -> Value {
    if a.as_f64() <= b.as_f64() { a } else { b }
}
