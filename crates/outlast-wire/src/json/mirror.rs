//! Objects read in one pass: some fields as what they are, all others as texts.
//!
//! Long documents are worth it: an [`Object`] would look at the text of a nested value once at each level.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::Object;
use super::reader::Name;

/// An object whose fields are told apart as they come.
pub(crate) trait Mirror<'de>: Default {
    /// Takes the value of the field `name`, if it is one that is read as what it is. Returns whether it was taken.
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error>;

    /// Returns where all other fields go.
    fn rest(&mut self) -> &mut Object<'de>;
}

/// Reads an object into its mirror.
pub(crate) fn read_mirror<'de, M: Mirror<'de>, D: Deserializer<'de>>(
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
                    mirror.rest().put(name, value);
                }
            }
            Ok(mirror)
        }
    }

    deserializer.deserialize_map(Fields(PhantomData))
}

/// A string, borrowed where it has no escapes.
#[derive(Debug, Default)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn into_string(self) -> String {
        self.0.into_owned()
    }
}

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
