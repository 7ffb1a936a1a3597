//! Fields that the vocabulary has a name for, as a caller spelled them.
//!
//! A request in this protocol should leave as it came. Where the vocabulary's value does not tell how it was written
//! (`1` or `1.0`, `"stop"` as a string or a list, `null` or nothing), the text stays among the request's extra fields
//! beside the value. When the request is written again the text is used for as long as it still says the same: a layer
//! that changed the value wins.

use std::collections::BTreeMap;

use outlast_types::{Mode, RawJson};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::json::{FieldError, Object, ObjectWriter, read_each, read_value};

/// Takes the field `name`. It stays where it is, too, unless writing the value gives back its text.
pub(crate) fn take<T>(object: &mut Object<'_>, name: &str) -> Result<Option<T>, FieldError>
where
    T: DeserializeOwned + Serialize,
{
    let Some(raw) = object.get(name).filter(|raw| raw.get() != "null") else {
        return Ok(None);
    };
    let value: T = read_value(raw).map_err(|error| error.within(name))?;
    if serde_json::to_string(&value).is_ok_and(|text| text == raw.get()) {
        object.take_raw(name);
    }
    Ok(Some(value))
}

/// Takes the field `name` if it can be read. One that cannot stays where it is, for its own protocol to understand.
pub(crate) fn take_readable<T>(object: &mut Object<'_>, name: &str) -> Option<T>
where
    T: DeserializeOwned + Serialize,
{
    let raw = object.get(name)?;
    let value: T = serde_json::from_str(raw.get()).ok()?;
    if serde_json::to_string(&value).is_ok_and(|text| text == raw.get()) {
        object.take_raw(name);
    }
    Some(value)
}

/// Takes the field `name`, a text. Only `null` stays where it is.
pub(crate) fn take_text(object: &mut Object<'_>, name: &str) -> Result<Option<String>, FieldError> {
    match object.get(name) {
        Some(raw) if raw.get() != "null" => object.take(name),
        _ => Ok(None),
    }
}

/// Reads a field unless it is `null`, which stays where it is.
pub(crate) fn take_some<'a, T>(
    object: &mut Object<'a>,
    name: &str,
    read: impl FnOnce(&'a RawValue) -> Result<T, FieldError>,
) -> Result<Option<T>, FieldError> {
    match object.get(name) {
        Some(raw) if raw.get() != "null" => object.take_with(name, read),
        _ => Ok(None),
    }
}

/// Reads the items of a field; an empty list stays where it is, as `null` does.
pub(crate) fn take_list<'a, T>(
    object: &mut Object<'a>,
    name: &str,
    read: impl FnMut(&'a RawValue) -> Result<T, FieldError>,
) -> Result<Vec<T>, FieldError> {
    let Some(raw) = object.get(name).filter(|raw| raw.get() != "null") else {
        return Ok(Vec::new());
    };
    let items = read_each(raw, read).map_err(|error| error.within(name))?;
    if !items.is_empty() {
        object.take_raw(name);
    }
    Ok(items)
}

/// Takes `stream`. Anything but `true` stays where it is.
pub(crate) fn take_mode(object: &mut Object<'_>) -> Result<Mode, FieldError> {
    let Some(raw) = object.get("stream") else {
        return Ok(Mode::Unary);
    };
    match raw.get() {
        "true" => {
            object.take_raw("stream");
            Ok(Mode::Stream)
        }
        "false" | "null" => Ok(Mode::Unary),
        _ => Err(FieldError::new("expected true or false").within("stream")),
    }
}

/// The spellings of one object's fields: its extra fields of this protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelling<'a>(pub(crate) Option<&'a BTreeMap<String, RawJson>>);

impl<'a> Spelling<'a> {
    /// Returns the text of the field `name`.
    pub(crate) fn get(self, name: &str) -> Option<&'a RawJson> {
        self.0?.get(name)
    }

    /// Writes the field `name`: in the caller's spelling if that still says `value`.
    pub(crate) fn write<T>(self, object: &mut ObjectWriter<'_>, name: &str, value: Option<&T>)
    where
        T: DeserializeOwned + Serialize + PartialEq,
    {
        let spelled = self
            .get(name)
            .filter(|raw| raw.read::<Option<T>>().ok().as_ref().map(Option::as_ref) == Some(value));
        match spelled {
            Some(raw) => object.field(name, raw),
            None => object.optional(name, value),
        };
    }

    /// Writes the field `name`, of which [`take_readable`] took what it could read.
    pub(crate) fn write_readable<T>(
        self,
        object: &mut ObjectWriter<'_>,
        name: &str,
        value: Option<&T>,
    ) where
        T: DeserializeOwned + Serialize + PartialEq,
    {
        let spelled = self
            .get(name)
            .filter(|raw| raw.read::<T>().ok().as_ref() == value);
        match spelled {
            Some(raw) => object.field(name, raw),
            None => object.optional(name, value),
        };
    }

    /// Writes all fields but those in `written`.
    pub(crate) fn write_rest(self, object: &mut ObjectWriter<'_>, written: &[&str]) {
        for (name, raw) in self.0.into_iter().flatten() {
            if !written.contains(&name.as_str()) {
                object.field(name, raw);
            }
        }
    }
}
