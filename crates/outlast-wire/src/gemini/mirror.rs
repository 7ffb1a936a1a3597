//! Objects read in one pass: some fields as what they are, all others as texts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use outlast_types::{Extra, RawJson};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::PROTOCOL;
use crate::json::Name;

/// An object whose fields are told apart as they come.
pub(super) trait Mirror<'de>: Default {
    /// Takes the value of the field `name`, if it is one that is read as what it is. Returns whether it was taken.
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error>;

    /// Returns where all other fields go.
    fn rest(&mut self) -> &mut Rest<'de>;
}

/// Reads an object into its mirror.
pub(super) fn read<'de, M: Mirror<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<M, D::Error> {
    struct Fields<M>(PhantomData<M>);

    impl<'de, M: Mirror<'de>> Visitor<'de> for Fields<M> {
        type Value = M;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<M, A::Error> {
            let mut mirror = M::default();
            while let Some(Name(name)) = map.next_key()? {
                if !mirror.take(&name, &mut map)? {
                    let value = map.next_value()?;
                    mirror.rest().0.push((name, value));
                }
            }
            Ok(mirror)
        }
    }

    deserializer.deserialize_map(Fields(PhantomData))
}

/// The fields of an object that were not read, in their order.
#[derive(Debug, Default)]
pub(super) struct Rest<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Rest<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the fields by name; of a name that occurs twice the last value counts.
    pub(super) fn into_fields(self) -> BTreeMap<String, RawJson> {
        self.0
            .into_iter()
            .map(|(name, value)| (name.into_owned(), RawJson::from(value)))
            .collect()
    }

    /// Returns the fields as fields of this protocol; `None` if there are none.
    pub(super) fn into_extra(self) -> Option<Extra> {
        if self.is_empty() {
            return None;
        }
        Extra::from_fields(PROTOCOL, self.into_fields())
    }
}

/// A string, borrowed where it has no escapes.
#[derive(Debug, Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}
