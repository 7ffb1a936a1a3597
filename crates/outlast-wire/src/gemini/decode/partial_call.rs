//! A tool call whose arguments come in pieces.
//!
//! Vertex AI sends them so where the request asks for it (`streamFunctionCallArguments`): after the name come values
//! with the places they belong to, strings piece by piece. The arguments are put together here and handed on whole,
//! for a piece of an object is no text that another could be appended to.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The deepest place that is followed.
const MAX_DEPTH: usize = 64;

/// The most bytes of all pieces.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The arguments so far.
#[derive(Debug)]
pub(super) struct PartialCall {
    /// Which of the answer's calls it is.
    pub(super) index: u32,
    arguments: Value,
    bytes: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece<'a> {
    #[serde(borrow)]
    json_path: Cow<'a, str>,
    #[serde(borrow, default)]
    string_value: Option<Cow<'a, str>>,
    #[serde(default)]
    number_value: Option<serde_json::Number>,
    #[serde(default)]
    bool_value: Option<bool>,
}

impl PartialCall {
    pub(super) fn new(index: u32) -> Self {
        Self {
            index,
            arguments: Value::Object(Map::new()),
            bytes: 0,
        }
    }

    /// Takes a `partialArgs`. A piece that cannot be read, or has no place, is left out.
    pub(super) fn push(&mut self, raw: &RawValue) {
        self.bytes = self.bytes.saturating_add(raw.get().len());
        if self.bytes > MAX_BYTES {
            return;
        }
        let pieces: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
        for piece in pieces {
            if let Ok(piece) = serde_json::from_str::<Piece<'_>>(piece.get())
                && let Some(place) = find(&mut self.arguments, &piece.json_path)
            {
                put(place, piece);
            }
        }
    }

    /// Returns the text of the arguments.
    pub(super) fn into_arguments(self) -> String {
        self.arguments.to_string()
    }
}

fn put(place: &mut Value, piece: Piece<'_>) {
    match (place, piece.string_value) {
        (Value::String(text), Some(more)) => text.push_str(&more),
        (place, Some(text)) => *place = Value::String(text.into_owned()),
        (place, None) => {
            *place = match (piece.number_value, piece.bool_value) {
                (Some(number), _) => Value::Number(number),
                (None, Some(flag)) => Value::Bool(flag),
                (None, None) => Value::Null,
            };
        }
    }
}

/// Returns the place that `path` names, such as `$.address.lines[1]`, and makes it if it is not there.
fn find<'v>(root: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    let mut place = root;
    let mut rest = path.strip_prefix('$')?;
    for _ in 0..MAX_DEPTH {
        if rest.is_empty() {
            return Some(place);
        }
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, after) = after.split_at_checked(end)?;
            place = member(place, name)?;
            rest = after;
        } else {
            let (step, after) = rest.strip_prefix('[')?.split_once(']')?;
            place = match step.strip_prefix(['\'', '"']) {
                Some(name) => member(place, name.trim_end_matches(['\'', '"']))?,
                None => item(place, step.parse().ok()?)?,
            };
            rest = after;
        }
    }
    None
}

fn member<'v>(place: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    if place.is_null() {
        *place = Value::Object(Map::new());
    }
    let fields = place.as_object_mut()?;
    Some(fields.entry(name).or_insert(Value::Null))
}

/// Returns an item of a list: one that is there, or the next.
fn item(place: &mut Value, index: usize) -> Option<&mut Value> {
    if place.is_null() {
        *place = Value::Array(Vec::new());
    }
    let items = place.as_array_mut()?;
    if index == items.len() {
        items.push(Value::Null);
    }
    items.get_mut(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(pieces: &[&str]) -> String {
        let mut call = PartialCall::new(0);
        for piece in pieces {
            let raw: Box<RawValue> = serde_json::from_str(piece).unwrap();
            call.push(&raw);
        }
        call.into_arguments()
    }

    #[test]
    fn pieces_are_put_to_the_places_they_name() {
        let pieces = [
            r#"[{"jsonPath":"$.city","stringValue":"New ","willContinue":true}]"#,
            r#"[{"jsonPath":"$.city","stringValue":"York"},{"jsonPath":"$.days","numberValue":3}]"#,
            r#"[{"jsonPath":"$.at[0].name","stringValue":"a"},{"jsonPath":"$.at[1]['x y']","boolValue":true}]"#,
            r#"[{"jsonPath":"$.none","nullValue":"NULL_VALUE"}]"#,
        ];
        assert_eq!(
            arguments(&pieces),
            r#"{"at":[{"name":"a"},{"x y":true}],"city":"New York","days":3,"none":null}"#
        );
    }

    #[test]
    fn a_piece_without_a_place_is_left_out() {
        let pieces = [
            r#"[{"jsonPath":"city","stringValue":"a"},{"jsonPath":"$.l[9]","stringValue":"b"}]"#,
            r#"[{"jsonPath":"$.a[","numberValue":1},5,{"stringValue":"c"}]"#,
            r#"{"jsonPath":"$.a"}"#,
        ];
        // `$.l` is the list that has no tenth item, `$.a` the place that was begun.
        assert_eq!(arguments(&pieces), r#"{"a":null,"l":[]}"#);
    }
}
