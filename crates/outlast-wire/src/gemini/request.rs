//! A caller's request.
//!
//! It is read without loss: what the vocabulary has no name for is kept as extra fields of this protocol, so that
//! [`Gemini`](super::Gemini) writes the same request again. A field within another is kept under both names:
//! `generationConfig.topK`.

use std::collections::BTreeMap;

use bytes::Bytes;
use outlast_types::{ChatBody, ChatRequest, Content, ContentPart, Extra, Message, RawJson, Role};
use serde_json::value::RawValue;

use super::conversation::{MODEL, USER};
use super::encode::{CONTENTS, SYSTEM};
use super::part_in::{self, PartFields};
use super::spelling::{AsWritten, Generation, Spelling, Written};
use super::{PROTOCOL, generation, tools};
use crate::json::{FieldError, Object, Shape, read_value, shape};

type Fields = BTreeMap<String, RawJson>;

/// Reads a request's body; the path names the model.
pub(super) fn read(document: &Bytes, model: &str) -> Result<ChatRequest, FieldError> {
    let mut reader = Reader {
        fields: Object::read(document)?,
        body: ChatBody::default(),
        written: AsWritten::default(),
        rest: Fields::new(),
    };
    reader.body.model = model.to_owned();
    reader.messages()?;
    reader.tools()?;
    reader.tool_config()?;
    reader.generation()?;
    Ok(reader.finish())
}

struct Reader<'a> {
    fields: Object<'a>,
    body: ChatBody,
    written: AsWritten,
    /// Fields that the vocabulary has no name for.
    rest: Fields,
}

impl<'a> Reader<'a> {
    fn take(&mut self, name: &'static str) -> Option<&'a RawValue> {
        self.written.spelling.take(&mut self.fields, name)
    }

    fn messages(&mut self) -> Result<(), FieldError> {
        if let Some(raw) = self.take(SYSTEM) {
            let message = read_system(raw, &mut self.written.spelling)
                .map_err(|error| error.within(SYSTEM))?;
            self.body.messages.push(message.clone());
            self.written.system = Some(Written {
                value: message,
                text: raw.into(),
            });
        }
        let spelling = &mut self.written.spelling;
        let contents = self
            .fields
            .take_each(CONTENTS, |raw| read_turn(raw, spelling))?
            .ok_or_else(|| FieldError::new("required field is missing").within(CONTENTS))?;
        self.body.messages.extend(contents);
        Ok(())
    }

    fn tools(&mut self) -> Result<(), FieldError> {
        let Some(raw) = self.take(tools::FIELD) else {
            return Ok(());
        };
        self.body.tools = tools::read(raw, &mut self.written.spelling)
            .map_err(|error| error.within(tools::FIELD))?;
        self.written.tools = Some(Written {
            value: self.body.tools.clone(),
            text: raw.into(),
        });
        Ok(())
    }

    fn tool_config(&mut self) -> Result<(), FieldError> {
        let Some(raw) = self.take(tools::CONFIG) else {
            return Ok(());
        };
        let config = tools::read_config(raw, &mut self.written.spelling)
            .map_err(|error| error.within(tools::CONFIG))?;
        self.body.tool_choice = config.choice.clone();
        self.written.tool_config = Some(Written {
            value: config.choice,
            text: raw.into(),
        });
        self.keep(tools::CONFIG, raw, config.rest);
        Ok(())
    }

    fn generation(&mut self) -> Result<(), FieldError> {
        let Some(raw) = self.take(generation::FIELD) else {
            return Ok(());
        };
        let rest = generation::read(raw, &mut self.body, &mut self.written.spelling)
            .map_err(|error| error.within(generation::FIELD))?;
        self.written.generation = Some(Written {
            value: Generation::of(&self.body),
            text: raw.into(),
        });
        self.keep(generation::FIELD, raw, rest);
        Ok(())
    }

    /// Keeps the fields of an object that the vocabulary has no name for, or the object if it is empty.
    fn keep(&mut self, name: &'static str, raw: &RawValue, rest: Fields) {
        let is_empty = raw.get().trim_matches(['{', '}']).trim().is_empty();
        if is_empty {
            let name = self.written.spelling.name(name).into_owned();
            self.rest.insert(name, raw.into());
        }
        let rest = rest.into_iter();
        self.rest
            .extend(rest.map(|(field, value)| (format!("{name}.{field}"), value)));
    }

    fn finish(self) -> ChatRequest {
        let Self {
            fields,
            mut body,
            written,
            mut rest,
        } = self;
        rest.extend(fields.into_rest());
        // Even without a field: it tells that the request came in this protocol.
        body.extra = Some(Extra {
            origin: PROTOCOL,
            fields: rest,
        });
        let mut request = ChatRequest::from_body(body);
        request.context.extensions.insert(written);
        request
    }
}

/// Reads `systemInstruction`: a content, or only its text.
fn read_system(raw: &RawValue, spelling: &mut Spelling) -> Result<Message, FieldError> {
    if shape(raw) == Shape::String {
        return Ok(Message::system(read_value::<String>(raw)?));
    }
    let mut fields = Object::from_raw(raw)?;
    let mut message = Message::system(read_parts(&mut fields, spelling)?);
    message.extra = fields.into_extra(PROTOCOL);
    Ok(message)
}

fn read_turn(raw: &RawValue, spelling: &mut Spelling) -> Result<Message, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let has_parts = fields.get("parts").is_some();
    let content = read_parts(&mut fields, spelling)?;
    let role: Option<String> = fields.take("role")?;
    let mut message = Message::new(
        match role.as_deref() {
            Some(USER) | None => Role::User,
            Some(MODEL) => Role::Assistant,
            Some(other) => Role::Other(other.to_owned()),
        },
        content,
    );
    let mut rest = fields.into_rest();
    for (name, is_there) in [("role", role.is_some()), ("parts", has_parts)] {
        if !is_there {
            rest.insert(name.to_owned(), serde_json::Value::Null.into());
        }
    }
    message.extra = Extra::from_fields(PROTOCOL, rest);
    Ok(message)
}

/// Takes `parts`: a list, or the only one. Text alone is read as plain text.
fn read_parts(fields: &mut Object<'_>, spelling: &mut Spelling) -> Result<Content, FieldError> {
    let mut read = |raw| {
        let fields: PartFields<'_> = read_value(raw)?;
        Ok(part_in::read(fields, spelling))
    };
    let mut parts = match fields.get("parts").map(shape) {
        Some(Shape::Object) => {
            let part = fields.take_with("parts", &mut read)?;
            part.into_iter().collect()
        }
        _ => fields.take_each("parts", read)?.unwrap_or_default(),
    };
    match parts.as_mut_slice() {
        [ContentPart::Text(only)] if only.extra.is_none() => {
            Ok(Content::Text(std::mem::take(&mut only.text)))
        }
        _ => Ok(Content::Parts(parts)),
    }
}
