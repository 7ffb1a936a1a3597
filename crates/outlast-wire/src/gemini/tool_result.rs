//! What a tool answered: `functionResponse`.
//!
//! Here it is a JSON object, in the vocabulary it is text or parts. Google's own convention tells the two apart: "Use
//! "output" key to specify function output and "error" key to specify error details (if any)"; any other object is the
//! output itself. Pictures and documents stand beside it, in `parts`.

use outlast_types::{Content, ContentPart, Extra, ToolResult};
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::part_in::{self, Datum, PartFields};
use super::spelling::Spelling;
use crate::json::{Object, ObjectWriter, Shape, read_each, read_value, shape};

const OUTPUT: &str = "output";
const ERROR: &str = "error";

/// The extra field with the name of the tool, which the vocabulary's result does not have.
const NAME: &str = "functionResponse.name";

/// Reads a `functionResponse`.
pub(super) fn read(raw: &RawValue, spelling: &mut Spelling) -> Option<Datum> {
    let mut fields = Object::from_raw(raw).ok()?;
    let id = part_in::take_id(&mut fields);
    let is_object = |raw: &&RawValue| shape(raw) == Shape::Object;
    let response = fields.get("response").filter(is_object);
    if response.is_some() {
        fields.take_raw("response");
    }
    let media = read_parts(&mut fields, spelling);
    let answer = response.map(Answer::read);
    let is_error = answer.as_ref().is_some_and(|answer| answer.is_error);
    let text = answer.map(|answer| answer.text);
    let content = match (text, media.is_empty()) {
        (Some(text), true) => Content::Text(text),
        (text, _) => {
            let text = text.map(ContentPart::text);
            Content::Parts(text.into_iter().chain(media).collect())
        }
    };
    let mut result = ToolResult::new(id, content);
    result.is_error = is_error;
    Some(Datum {
        part: ContentPart::ToolResult(result),
        within: fields.into_rest(),
    })
}

/// Takes `parts`; an empty list says nothing and stays where it is.
fn read_parts(fields: &mut Object<'_>, spelling: &mut Spelling) -> Vec<ContentPart> {
    let read = |raw: &RawValue| {
        let fields: PartFields<'_> = read_value(raw)?;
        Ok(part_in::read(fields, spelling))
    };
    let parts = fields.get("parts").map(|raw| read_each(raw, read));
    match parts {
        Some(Ok(parts)) if !parts.is_empty() => {
            fields.take_raw("parts");
            parts
        }
        _ => Vec::new(),
    }
}

/// The `response` of a tool.
struct Answer {
    text: String,
    is_error: bool,
}

impl Answer {
    /// Reads a `response`: the text in it if writing that gives it back, else all of it.
    fn read(raw: &RawValue) -> Self {
        let whole = || raw.get().to_owned();
        let Ok(mut fields) = Object::from_raw(raw) else {
            return Self {
                text: whole(),
                is_error: false,
            };
        };
        let mut take = |name| fields.take_raw(name);
        let (output, error) = (take(OUTPUT), take(ERROR));
        let is_error = error.is_some_and(|error| error.get() != "null");
        let is_alone = fields.into_rest().is_empty() && output.is_some() != error.is_some();
        let text = output
            .or(error)
            .filter(|_| is_alone)
            .and_then(|raw| serde_json::from_str::<String>(raw.get()).ok())
            .filter(|text| as_object(text).is_none());
        Self {
            text: text.unwrap_or_else(whole),
            is_error,
        }
    }
}

/// Reads text that is a JSON object.
fn as_object(text: &str) -> Option<&RawValue> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    (shape(raw) == Shape::Object).then_some(raw)
}

/// Writes the field `response` for what a tool answered.
pub(super) fn write_response(object: &mut ObjectWriter<'_>, text: &str, is_error: bool) {
    match as_object(text) {
        Some(raw) if !is_error || has_error(raw) => {
            object.field("response", raw);
        }
        Some(raw) => object.object("response", |response| {
            response.field(ERROR, raw);
        }),
        None => object.object("response", |response| {
            response.field(if is_error { ERROR } else { OUTPUT }, text);
        }),
    }
}

fn has_error(raw: &RawValue) -> bool {
    Object::from_raw(raw).is_ok_and(|fields| fields.get(ERROR).is_some())
}

/// Returns the name of the tool that a result came from, if it came in this protocol.
pub(super) fn name(extra: Option<&Extra>) -> Option<String> {
    extra?.fields_for(&PROTOCOL)?.get(NAME)?.read().ok()
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;
    use crate::json::write_object;

    /// Reads a response and writes it again.
    fn check(response: &str, text: &str, is_error: bool) {
        let raw: Box<RawValue> = serde_json::from_str(response).unwrap();
        let answer = Answer::read(&raw);
        assert_eq!((answer.text.as_str(), answer.is_error), (text, is_error));
        let mut out = BytesMut::new();
        write_object(&mut out, |object| {
            write_response(object, &answer.text, answer.is_error);
        });
        assert_eq!(out, format!(r#"{{"response":{response}}}"#));
    }

    #[test]
    fn a_response_is_unwrapped_where_it_can_be_wrapped_again() {
        check(r#"{"output":"15"}"#, "15", false);
        check(r#"{"error":"no such file"}"#, "no such file", true);
        check(r#"{"result":"40 C"}"#, r#"{"result":"40 C"}"#, false);
        check(r#"{"output":5}"#, r#"{"output":5}"#, false);
        check(r#"{"output":"{}"}"#, r#"{"output":"{}"}"#, false);
        check(r#"{"error":{"code":1}}"#, r#"{"error":{"code":1}}"#, true);
        check(
            r#"{"error":"a","output":"b"}"#,
            r#"{"error":"a","output":"b"}"#,
            true,
        );
        check(r#"{"error":null}"#, r#"{"error":null}"#, false);
        check("{}", "{}", false);
    }
}
