//! JSON objects without loss: what is known is read, what is not is kept.
//!
//! [`Object`] reads one object once, as names and the texts of their values. [`Object::take`] removes a field and reads
//! it; what nobody took comes out of [`Object::into_rest`] word for word, to go back to where it came from. A failure
//! is a [`FieldError`] that names the place: `messages[0].role: expected a string`.
//!
//! [`write_object`] is the other direction: fields in the order they are given, raw values verbatim, no tree in between.
//!
//! # Examples
//!
//! ```
//! use bytes::BytesMut;
//! use outlast_wire::json::{Object, write_object};
//!
//! let mut object = Object::read(br#"{"model": "m1", "stream": null, "user_tag": {"b": 1, "a": 2}}"#)?;
//! let model: String = object.require("model")?;
//! let stream: Option<bool> = object.take("stream")?;
//! let rest = object.into_rest();
//! assert_eq!((model.as_str(), stream), ("m1", None));
//!
//! let mut out = BytesMut::new();
//! write_object(&mut out, |object| {
//!     object.field("model", &model).optional("stream", stream.as_ref()).fields(&rest);
//! });
//! assert_eq!(&out[..], br#"{"model":"m1","user_tag":{"b": 1, "a": 2}}"#);
//!
//! let mut object = Object::read(br#"{"model": 5}"#)?;
//! let error = object.require::<String>("model").unwrap_err();
//! assert_eq!(error.to_string(), "model: expected a string");
//! # Ok::<(), outlast_wire::json::FieldError>(())
//! ```

mod field_error;
mod mirror;
mod reader;
mod writer;

pub use field_error::FieldError;
pub(crate) use mirror::{Mirror, Text, read_mirror};
pub use reader::{Object, Shape, read_each, read_value, shape};
pub(crate) use writer::write_array;
pub use writer::{ArrayWriter, ObjectWriter, write_object, write_object_with};
