//! Things a caller wrote, word for word, beside what was understood of them.
//!
//! A message or tool in a protocol should leave as it came. Where writing what was understood does not give back the
//! same JSON (an empty list, a `null`, a text that was an array), its text is kept as one more field of it. When it is
//! written again the text is used for as long as it still says the same: a layer that changed the thing wins.

use std::collections::BTreeMap;

use outlast_types::{Extra, Message, Protocol, RawJson, ToolSpec};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json::FieldError;

/// The name under which the text is kept.
pub(crate) const FIELD: &str = "as_written";

/// What can carry fields of its own protocol.
pub(crate) trait HasExtra {
    fn extra(&self) -> Option<&Extra>;
    fn extra_mut(&mut self) -> &mut Option<Extra>;
}

impl HasExtra for Message {
    fn extra(&self) -> Option<&Extra> {
        self.extra.as_ref()
    }

    fn extra_mut(&mut self) -> &mut Option<Extra> {
        &mut self.extra
    }
}

impl HasExtra for ToolSpec {
    fn extra(&self) -> Option<&Extra> {
        self.extra.as_ref()
    }

    fn extra_mut(&mut self) -> &mut Option<Extra> {
        &mut self.extra
    }
}

/// Keeps the text of `thing` unless `written`, which is an array of what was written of it, is the same JSON.
pub(crate) fn keep(thing: &mut impl HasExtra, raw: &RawValue, written: &[u8], origin: &Protocol) {
    let recorded: Result<Value, _> = serde_json::from_str(raw.get());
    let written: Result<Vec<Value>, _> = serde_json::from_slice(written);
    if let (Ok(recorded), Ok(written)) = (recorded, written)
        && written.as_slice() == [recorded]
    {
        return;
    }
    thing
        .extra_mut()
        .get_or_insert_with(|| Extra {
            origin: origin.clone(),
            fields: BTreeMap::new(),
        })
        .fields
        .insert(FIELD.to_owned(), RawJson::from(raw));
}

/// Returns the text of `thing` if it was kept and `understand` still makes the same of it.
pub(crate) fn text_of<'a, T>(
    thing: &'a T,
    protocol: &Protocol,
    understand: impl FnOnce(&RawValue) -> Result<T, FieldError>,
) -> Option<&'a RawJson>
where
    T: HasExtra + Clone + PartialEq,
{
    let raw = thing.extra()?.fields_for(protocol)?.get(FIELD)?;
    let mut bare = thing.clone();
    let extra = bare.extra_mut();
    if let Some(fields) = extra.as_mut().map(|extra| &mut extra.fields) {
        fields.remove(FIELD);
        if fields.is_empty() {
            *extra = None;
        }
    }
    (understand(raw.as_raw_value()).ok()? == bare).then_some(raw)
}
