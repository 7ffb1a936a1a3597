//! Reads an object in one pass: what a struct mirrors goes into it, what it does not is kept.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer, MapAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Object;
use super::reader::Name;

/// A struct that mirrors some fields of an object.
pub trait Mirror {
    /// The names of the fields that it takes. All others are kept, even if the struct would read them.
    const FIELDS: &'static [&'static str];
}

/// An object of which `T` mirrors some fields.
///
/// Long documents are worth it: an [`Object`] would look at the text of a nested value once at each level.
///
/// # Examples
///
/// ```
/// use outlast_wire::json::{Mirror, Mirrored};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Answer<'a> {
///     text: &'a str,
/// }
/// impl Mirror for Answer<'_> {
///     const FIELDS: &'static [&'static str] = &["text"];
/// }
///
/// let object: Mirrored<'_, Answer<'_>> = serde_json::from_str(r#"{"mood": {"is": "good"}, "text": "Hello"}"#)?;
/// assert_eq!(object.known.text, "Hello");
/// assert_eq!(object.rest.get("mood").unwrap().get(), r#"{"is": "good"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Mirrored<'a, T> {
    /// The fields that are mirrored.
    pub known: T,
    /// All others.
    pub rest: Object<'a>,
}

impl<'de: 'a, 'a, T: Mirror + Deserialize<'de>> Deserialize<'de> for Mirrored<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<'a, T>(PhantomData<(&'a (), T)>);

impl<'de: 'a, 'a, T: Mirror + Deserialize<'de>> Visitor<'de> for Fields<'a, T> {
    type Value = Mirrored<'a, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut rest = Object::default();
        let known = T::deserialize(MapAccessDeserializer::new(Parting {
            map,
            taken: T::FIELDS,
            rest: &mut rest,
        }))?;
        Ok(Mirrored { known, rest })
    }
}

/// Hands on the fields that are taken, and puts the others aside.
struct Parting<'p, 'a, A> {
    map: A,
    taken: &'static [&'static str],
    rest: &'p mut Object<'a>,
}

impl<'de: 'a, 'a, A: MapAccess<'de>> MapAccess<'de> for Parting<'_, 'a, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(Name(name)) = self.map.next_key::<Name<'de>>()? {
            if self.taken.contains(&&*name) {
                return match name {
                    Cow::Borrowed(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
                    owned => seed.deserialize(CowStrDeserializer::new(owned)),
                }
                .map(Some);
            }
            let raw: &'de RawValue = self.map.next_value()?;
            self.rest.put(name, raw);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
