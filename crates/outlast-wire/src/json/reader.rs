//! Reads objects field by field.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use outlast_types::{Extra, Protocol, RawJson};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::FieldError;

/// One JSON object, its values still as text.
///
/// Of a name that occurs twice the last value counts.
#[derive(Debug, Default)]
pub struct Object<'a> {
    /// In their order, as often as they occur.
    fields: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Reads a whole document that must be an object.
    pub fn read(document: &'a [u8]) -> Result<Self, FieldError> {
        serde_json::from_slice(document).map_err(|error| FieldError::from_json(&error))
    }

    /// Reads a value that must be an object.
    pub fn from_raw(raw: &'a RawValue) -> Result<Self, FieldError> {
        read_value(raw)
    }

    /// Removes the field `name` and reads it. A field that is absent or `null` is `None`.
    pub fn take<T: Deserialize<'a>>(&mut self, name: &str) -> Result<Option<T>, FieldError> {
        self.take_with(name, read_value)
    }

    /// Removes the field `name` and reads it. It must be there.
    pub fn require<T: Deserialize<'a>>(&mut self, name: &str) -> Result<T, FieldError> {
        self.require_with(name, read_value)
    }

    /// Removes the field `name` and reads it with `read`. A field that is absent or `null` is `None`.
    pub fn take_with<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a RawValue) -> Result<T, FieldError>,
    ) -> Result<Option<T>, FieldError> {
        match self.take_raw(name) {
            Some(raw) if raw.get() != "null" => {
                read(raw).map(Some).map_err(|error| error.within(name))
            }
            _ => Ok(None),
        }
    }

    /// Removes the field `name` and reads it with `read`. It must be there.
    pub fn require_with<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a RawValue) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        self.take_with(name, read)?
            .ok_or_else(|| FieldError::new("required field is missing").within(name))
    }

    /// Removes the field `name`, which must be an array, and reads each of its items with `read`. A field that is
    /// absent or `null` is `None`.
    pub fn take_each<T>(
        &mut self,
        name: &str,
        read: impl FnMut(&'a RawValue) -> Result<T, FieldError>,
    ) -> Result<Option<Vec<T>>, FieldError> {
        self.take_with(name, |raw| read_each(raw, read))
    }

    /// Removes the field `name` and returns its text; `null` is a text too.
    pub fn take_raw(&mut self, name: &str) -> Option<&'a RawValue> {
        let mut taken = None;
        self.fields.retain(|(found, raw)| {
            let is_it = found == name;
            if is_it {
                taken = Some(*raw);
            }
            !is_it
        });
        taken
    }

    /// Removes the fields `names`.
    pub(crate) fn drop_all(&mut self, names: &[&str]) {
        self.fields.retain(|(name, _)| !names.contains(&&**name));
    }

    /// Returns the text of the field `name` and leaves it where it is.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut fields = self.fields.iter().rev();
        fields.find(|(found, _)| found == name).map(|(_, raw)| *raw)
    }

    /// Adds a field.
    pub(crate) fn put(&mut self, name: impl Into<Cow<'a, str>>, value: &'a RawValue) {
        self.fields.push((name.into(), value));
    }

    /// Returns the fields that were not taken, in their order.
    pub(crate) fn fields(&self) -> &[(Cow<'a, str>, &'a RawValue)] {
        &self.fields
    }

    /// Tells whether all fields were taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns the fields that were not taken.
    pub fn into_rest(self) -> BTreeMap<String, RawJson> {
        self.fields
            .into_iter()
            .map(|(name, raw)| (name.into_owned(), RawJson::from(raw)))
            .collect()
    }

    /// Returns the fields that were not taken, as fields of the protocol `origin`; `None` if all were taken.
    pub fn into_extra(self, origin: Protocol) -> Option<Extra> {
        // Most objects are taken whole.
        if self.is_empty() {
            return None;
        }
        Extra::from_fields(origin, self.into_rest())
    }
}

/// Reads `raw` as a `T`.
pub fn read_value<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, FieldError> {
    serde_json::from_str(raw.get()).map_err(|error| FieldError::from_json(&error))
}

/// Reads each item of `raw`, which must be an array, with `read`.
pub fn read_each<'a, T>(
    raw: &'a RawValue,
    read: impl FnMut(&'a RawValue) -> Result<T, FieldError>,
) -> Result<Vec<T>, FieldError> {
    let mut failed = None;
    let each = Each {
        read,
        failed: &mut failed,
    };
    let items = each.deserialize(&mut serde_json::Deserializer::from_str(raw.get()));
    match (failed, items) {
        (Some(error), _) => Err(error),
        (None, items) => items.map_err(|error| FieldError::from_json(&error)),
    }
}

/// What kind of JSON value a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// Tells what kind of value `raw` is, from its first character.
pub fn shape(raw: &RawValue) -> Shape {
    match raw.get().as_bytes().first() {
        Some(b'"') => Shape::String,
        Some(b'{') => Shape::Object,
        Some(b'[') => Shape::Array,
        Some(b't' | b'f') => Shape::Bool,
        Some(b'n') => Shape::Null,
        _ => Shape::Number,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some((Name(name), raw)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    fields.push((name, raw));
                }
                Ok(Object { fields })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// A field's name, borrowed unless it is written with escapes.
pub(super) struct Name<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

/// Reads an array item by item, so that only the results are held.
struct Each<'f, F> {
    read: F,
    /// Where `read`'s own error goes: serde's error type cannot carry it.
    failed: &'f mut Option<FieldError>,
}

impl<'de, F, T> DeserializeSeed<'de> for Each<'_, F>
where
    F: FnMut(&'de RawValue) -> Result<T, FieldError>,
{
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F, T> Visitor<'de> for Each<'_, F>
where
    F: FnMut(&'de RawValue) -> Result<T, FieldError>,
{
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(raw) = seq.next_element()? {
            match (self.read)(raw) {
                Ok(item) => items.push(item),
                Err(error) => {
                    *self.failed = Some(error.within_item(items.len()));
                    return Err(serde::de::Error::custom("an item cannot be read"));
                }
            }
        }
        Ok(items)
    }
}
