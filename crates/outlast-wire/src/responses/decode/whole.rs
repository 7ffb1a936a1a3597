//! A whole response, in one pass over its text.
//!
//! That is how messages of text, reasoning and calls of functions are read. Anything else in the output makes it fail, and
//! the response is read field by field.

use outlast_types::{Content, ContentPart, Message, Role, TextPart};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess};
use serde_json::value::RawValue;

use super::super::item_in::{self, Item};
use super::super::{PROTOCOL, reasoning_item};
use crate::json::{Mirror, Object, Text, read_mirror};

/// A response, taken apart.
pub(super) struct Plain<'a> {
    pub(super) items: Vec<Item>,
    /// All fields but its output.
    pub(super) response: Object<'a>,
}

/// Reads a body; `None` if it is one that must be read field by field.
pub(super) fn read(body: &str) -> Option<Plain<'_>> {
    let response: Response<'_> = serde_json::from_str(body).ok()?;
    let items = response.output?.into_iter().map(PlainItem::into_item);
    Some(Plain {
        items: items.collect::<Option<_>>()?,
        response: response.rest,
    })
}

#[derive(Default)]
struct Response<'a> {
    output: Option<Vec<PlainItem<'a>>>,
    rest: Object<'a>,
}

impl<'de> Mirror<'de> for Response<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "output" => self.output = Some(map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Response<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

#[derive(Default)]
struct PlainItem<'a> {
    content: Option<Vec<PlainPart<'a>>>,
    rest: Object<'a>,
}

impl<'de> Mirror<'de> for PlainItem<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "content" => self.content = Some(map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PlainItem<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

impl PlainItem<'_> {
    fn into_item(self) -> Option<Item> {
        let Self { content, mut rest } = self;
        let part = match (rest.get("type")?.get(), content) {
            ("\"message\"", Some(parts)) => {
                if rest.take_raw("role")?.get() != "\"assistant\"" {
                    return None;
                }
                let parts = parts.into_iter().map(PlainPart::into_part);
                let parts = Content::Parts(parts.collect::<Option<_>>()?);
                let mut message = Message::new(Role::Assistant, parts);
                message.extra = rest.into_extra(PROTOCOL);
                return Some(Item::Message(message));
            }
            ("\"function_call\"", None) => {
                ContentPart::ToolCall(item_in::read_function_call(rest).ok()?)
            }
            ("\"reasoning\"", None) => ContentPart::Reasoning(reasoning_item::read(rest)?),
            _ => return None,
        };
        Some(Item::Part(part))
    }
}

/// A text of the model's.
#[derive(Default)]
struct PlainPart<'a> {
    text: Option<Text<'a>>,
    rest: Object<'a>,
}

impl<'de> Mirror<'de> for PlainPart<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "text" => self.text = Some(map.next_value()?),
            // Every text has these, most of them empty.
            "annotations" | "logprobs" => {
                let list: &RawValue = map.next_value()?;
                if matches!(list.get(), "[]" | "null") {
                    return Ok(true);
                }
                self.rest.put(name.to_owned(), list);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self) -> &mut Object<'de> {
        &mut self.rest
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PlainPart<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_mirror(deserializer)
    }
}

impl PlainPart<'_> {
    fn into_part(mut self) -> Option<ContentPart> {
        if self.rest.take_raw("type")?.get() != "\"output_text\"" {
            return None;
        }
        let mut part = TextPart::new(self.text?.0);
        part.extra = self.rest.into_extra(PROTOCOL);
        Some(ContentPart::Text(part))
    }
}
