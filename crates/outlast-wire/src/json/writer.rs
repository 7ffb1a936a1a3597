//! Writes objects field by field.

use std::collections::BTreeMap;

use bytes::BytesMut;
use bytes::buf::BufMut;
use outlast_types::{Extra, Protocol, RawJson};
use serde::Serialize;

/// Appends an object to `out`; `write` writes its fields. Returns what `write` returns.
pub fn write_object<R>(out: &mut BytesMut, write: impl FnOnce(&mut ObjectWriter<'_>) -> R) -> R {
    write_object_with(out, &[], write)
}

/// Appends an object to `out` whose fields are those of `overrides` and, where these have none of the name, those that
/// `write` writes. Of the overrides an earlier map goes before a later one.
pub fn write_object_with<R>(
    out: &mut BytesMut,
    overrides: &[&BTreeMap<String, RawJson>],
    write: impl FnOnce(&mut ObjectWriter<'_>) -> R,
) -> R {
    out.put_u8(b'{');
    let mut object = ObjectWriter {
        out,
        is_empty: true,
        overrides,
    };
    let result = write(&mut object);
    object.write_overrides();
    out.put_u8(b'}');
    result
}

/// Writes the fields of one object.
#[derive(Debug)]
pub struct ObjectWriter<'a> {
    out: &'a mut BytesMut,
    is_empty: bool,
    overrides: &'a [&'a BTreeMap<String, RawJson>],
}

impl ObjectWriter<'_> {
    /// Writes a field. A value that has no form in JSON, such as a map whose keys are no strings, becomes `null`.
    pub fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> &mut Self {
        if self.begin(name) {
            write_value(self.out, value);
        }
        self
    }

    /// Writes a field if there is a value.
    pub fn optional<T: Serialize + ?Sized>(&mut self, name: &str, value: Option<&T>) -> &mut Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    /// Writes fields word for word.
    pub fn fields(&mut self, fields: &BTreeMap<String, RawJson>) -> &mut Self {
        for (name, value) in fields {
            self.field(name, value);
        }
        self
    }

    /// Writes the fields in `extra` if they came in `protocol`.
    pub fn extra(&mut self, extra: Option<&Extra>, protocol: &Protocol) -> &mut Self {
        match extra.and_then(|extra| extra.fields_for(protocol)) {
            Some(fields) => self.fields(fields),
            None => self,
        }
    }

    /// Writes a field that is an object; `write` writes its fields. Returns what `write` returns.
    pub fn object<R>(&mut self, name: &str, write: impl FnOnce(&mut ObjectWriter<'_>) -> R) -> R {
        self.nested(name, |out| write_object(out, write))
    }

    /// Writes a field that is an array; `write` writes its items. Returns what `write` returns.
    pub fn array<R>(&mut self, name: &str, write: impl FnOnce(&mut ArrayWriter<'_>) -> R) -> R {
        self.nested(name, |out| write_array(out, write))
    }

    fn nested<R>(&mut self, name: &str, write: impl FnOnce(&mut BytesMut) -> R) -> R {
        if self.begin(name) {
            write(self.out)
        } else {
            // An override stands in its place, but the caller waits for `write`'s result.
            write(&mut BytesMut::new())
        }
    }

    /// Writes a name, unless the field is overridden. Returns whether its value is to follow.
    fn begin(&mut self, name: &str) -> bool {
        if self
            .overrides
            .iter()
            .any(|fields| fields.contains_key(name))
        {
            return false;
        }
        self.write_name(name);
        true
    }

    fn write_name(&mut self, name: &str) {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.out.put_u8(b',');
        }
        write_value(self.out, name);
        self.out.put_u8(b':');
    }

    fn write_overrides(&mut self) {
        for (at, fields) in self.overrides.iter().enumerate() {
            for (name, value) in *fields {
                let earlier = self.overrides.iter().take(at);
                if !earlier.into_iter().any(|fields| fields.contains_key(name)) {
                    self.write_name(name);
                    write_value(self.out, value);
                }
            }
        }
    }
}

/// Writes the items of one array.
#[derive(Debug)]
pub struct ArrayWriter<'a> {
    out: &'a mut BytesMut,
    is_empty: bool,
}

impl ArrayWriter<'_> {
    /// Writes an item. A value that has no form in JSON becomes `null`.
    pub fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> &mut Self {
        self.begin();
        write_value(self.out, value);
        self
    }

    /// Writes an item that is an object; `write` writes its fields. Returns what `write` returns.
    pub fn object<R>(&mut self, write: impl FnOnce(&mut ObjectWriter<'_>) -> R) -> R {
        self.begin();
        write_object(self.out, write)
    }

    fn begin(&mut self) {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.out.put_u8(b',');
        }
    }
}

pub(crate) fn write_array<R>(
    out: &mut BytesMut,
    write: impl FnOnce(&mut ArrayWriter<'_>) -> R,
) -> R {
    out.put_u8(b'[');
    let mut array = ArrayWriter {
        out,
        is_empty: true,
    };
    let result = write(&mut array);
    out.put_u8(b']');
    result
}

fn write_value<T: Serialize + ?Sized>(out: &mut BytesMut, value: &T) {
    let start = out.len();
    if serde_json::to_writer((&mut *out).writer(), value).is_err() {
        out.truncate(start);
        out.put_slice(b"null");
    }
}
