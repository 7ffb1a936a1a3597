//! The field `text`: the form of the answer, and how wordy it is to be.

use outlast_types::{Opaque, RawJson, ResponseFormat};

use super::PROTOCOL;
use super::marks::Fields;
use crate::json::{FieldError, Object, ObjectWriter, Shape, shape};
use crate::notes::Notes;
use crate::openai::spelling::{self, Spelling};

const TEXT: &str = "text";
const FORMAT: &str = "format";

/// Takes the field. What the vocabulary has no name for is put into `rest` under its name, once more as an object.
pub(super) fn take(
    object: &mut Object<'_>,
    rest: &mut Fields,
) -> Result<Option<ResponseFormat>, FieldError> {
    let Some(raw) = object.get(TEXT).filter(|raw| shape(raw) != Shape::Null) else {
        return Ok(None);
    };
    object.take_raw(TEXT);
    let within = |error: FieldError| error.within(TEXT);
    let mut text = Object::from_raw(raw).map_err(within)?;
    let read = spelling::take_some(&mut text, FORMAT, read_format).map_err(within)?;
    let mut fields = text.into_rest();
    let format = read.map(|(format, own)| {
        if !own.is_empty()
            && let Ok(own) = RawJson::from_value(&own)
        {
            fields.insert(FORMAT.to_owned(), own);
        }
        format
    });
    if (format.is_none() || !fields.is_empty())
        && let Ok(fields) = RawJson::from_value(&fields)
    {
        rest.insert(TEXT.to_owned(), fields);
    }
    Ok(format)
}

/// Reads a format and the fields of it that the vocabulary has no name for.
fn read_format(raw: &serde_json::value::RawValue) -> Result<(ResponseFormat, Fields), FieldError> {
    let mut format = Object::from_raw(raw)?;
    let kind: String = format.require("type")?;
    let read = match kind.as_str() {
        TEXT => Some(ResponseFormat::Text),
        "json_object" => Some(ResponseFormat::JsonObject),
        "json_schema" => read_schema(&mut format)?,
        _ => None,
    };
    Ok(match read {
        Some(read) => (read, format.into_rest()),
        None => {
            let opaque = Opaque {
                origin: PROTOCOL,
                raw: raw.into(),
            };
            (ResponseFormat::Opaque(opaque), Fields::new())
        }
    })
}

fn read_schema(format: &mut Object<'_>) -> Result<Option<ResponseFormat>, FieldError> {
    let Some(schema) = format.get("schema").filter(|raw| raw.get() != "null") else {
        return Ok(None);
    };
    let Some(name) = spelling::take_text(format, "name")? else {
        return Ok(None);
    };
    format.take_raw("schema");
    Ok(Some(ResponseFormat::JsonSchema {
        name,
        schema: schema.into(),
        description: spelling::take_text(format, "description")?,
        strict: spelling::take(format, "strict")?,
    }))
}

/// Writes the field: `format`, and what the caller had beside it.
pub(super) fn write(
    format: Option<&ResponseFormat>,
    spelling: Spelling<'_>,
    object: &mut ObjectWriter<'_>,
    notes: &mut Notes,
) {
    let spelled = spelling.get(TEXT);
    let rest: Option<Fields> = spelled.and_then(|raw| raw.read().ok());
    let format = format.filter(|format| {
        let is_foreign =
            matches!(format, ResponseFormat::Opaque(opaque) if opaque.origin != PROTOCOL);
        if is_foreign {
            notes.loss("a response format of another protocol is left out");
        }
        !is_foreign
    });
    if format.is_none() && rest.is_none() {
        object.optional(TEXT, spelled);
        return;
    }
    object.object(TEXT, |text| {
        let rest = Spelling(rest.as_ref());
        if let Some(format) = format {
            write_format(format, rest, text);
            rest.write_rest(text, &[FORMAT]);
        } else {
            let is_null = rest.get(FORMAT).is_some_and(RawJson::is_null);
            rest.write_rest(text, if is_null { &[] } else { &[FORMAT] });
        }
    });
}

fn write_format(format: &ResponseFormat, rest: Spelling<'_>, text: &mut ObjectWriter<'_>) {
    if let ResponseFormat::Opaque(opaque) = format {
        text.field(FORMAT, &opaque.raw);
        return;
    }
    let own: Option<Fields> = rest.get(FORMAT).and_then(|raw| raw.read().ok());
    let own = Spelling(own.as_ref());
    text.object(FORMAT, |object| match format {
        ResponseFormat::JsonSchema {
            name,
            schema,
            description,
            strict,
        } => {
            object
                .field("type", "json_schema")
                .field("name", name)
                .optional("description", description.as_ref())
                .field("schema", schema)
                .optional("strict", strict.as_ref());
            let mut written = vec!["type", "name", "schema"];
            written.extend(description.as_ref().map(|_| "description"));
            written.extend(strict.map(|_| "strict"));
            own.write_rest(object, &written);
        }
        ResponseFormat::JsonObject => {
            object.field("type", "json_object");
            own.write_rest(object, &["type"]);
        }
        _ => {
            object.field("type", TEXT);
            own.write_rest(object, &["type"]);
        }
    });
}
