//! Reads requests without loss: what the vocabulary has no name for stays among the extra fields.

use bytes::Bytes;
use outlast_types::{ChatBody, ChatRequest, Extra, Message, RawJson};
use serde_json::value::RawValue;

use super::marks::{Fields, INPUT, INSTRUCTIONS};
use super::{PROTOCOL, conversation_in, reasoning, settings, text, tools};
use crate::Incoming;
use crate::json::{FieldError, Object, Shape, read_value, shape};
use crate::openai::spelling;

/// Fields with which a request needs no `input`.
const BRING_INPUT: [&str; 3] = ["conversation", "previous_response_id", "prompt"];

/// Reads a request's body.
pub(super) fn read(body: &Bytes) -> Result<Incoming, FieldError> {
    let mut object = Object::read(body)?;
    let mut rest = Fields::new();
    let mode = spelling::take_mode(&mut object)?;
    let mut body = ChatBody::default();
    body.model = spelling::take_text(&mut object, "model")?.unwrap_or_default();
    body.messages.extend(take_instructions(&mut object)?);
    body.messages.extend(take_input(&mut object, &mut rest)?);
    body.tools = spelling::take_list(&mut object, "tools", tools::read)?;
    body.tool_choice = spelling::take_some(&mut object, "tool_choice", tools::read_choice)?;
    body.parallel_tool_calls = spelling::take(&mut object, "parallel_tool_calls")?;
    body.response_format = text::take(&mut object, &mut rest)?;
    body.max_output_tokens = spelling::take(&mut object, "max_output_tokens")?;
    body.temperature = spelling::take(&mut object, "temperature")?;
    body.top_p = spelling::take(&mut object, "top_p")?;
    body.reasoning = reasoning::take(&mut object)?;
    settings::read(&mut object, &mut body);
    let mut fields = object.into_rest();
    fields.append(&mut rest);
    // Even without fields: it tells in which protocol the request came.
    body.extra = Some(Extra {
        origin: PROTOCOL,
        fields,
    });
    Ok(Incoming {
        request: ChatRequest::from_body(body),
        mode,
    })
}

fn take_instructions(object: &mut Object<'_>) -> Result<Option<Message>, FieldError> {
    let Some(text) = spelling::take_text(object, INSTRUCTIONS)? else {
        return Ok(None);
    };
    let mut message = Message::system(text);
    message.extra = Some(Extra {
        origin: PROTOCOL,
        fields: [(
            INSTRUCTIONS.to_owned(),
            RawJson::from(serde_json::Value::Bool(true)),
        )]
        .into(),
    });
    Ok(Some(message))
}

/// Reads `input`. That it was a text is marked in `rest`; an empty list stays where it is.
fn take_input(object: &mut Object<'_>, rest: &mut Fields) -> Result<Vec<Message>, FieldError> {
    let within = |error: FieldError| error.within(INPUT);
    let input: Option<&RawValue> = object.get(INPUT);
    match input.map(|raw| (raw, shape(raw))) {
        Some((raw, Shape::String)) => {
            let text: String = read_value(raw).map_err(within)?;
            object.take_raw(INPUT);
            rest.insert(INPUT.to_owned(), serde_json::Value::from("").into());
            Ok(vec![Message::user(text)])
        }
        Some((raw, Shape::Array)) => {
            let messages = conversation_in::read(raw).map_err(within)?;
            if !messages.is_empty() {
                object.take_raw(INPUT);
            }
            Ok(messages)
        }
        None | Some((_, Shape::Null)) => {
            let is_brought = BRING_INPUT.iter().any(|name| {
                object
                    .get(name)
                    .is_some_and(|raw| shape(raw) != Shape::Null)
            });
            if is_brought {
                return Ok(Vec::new());
            }
            Err(within(FieldError::new("required field is missing")))
        }
        _ => Err(within(FieldError::new(
            "expected a string or an array of items",
        ))),
    }
}
