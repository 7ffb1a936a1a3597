//! Fields that mean the same in OpenAI's Chat Completions: a request that came in that format keeps them.

use std::borrow::Cow;

use outlast_types::{Extra, RawJson};

use crate::json::ObjectWriter;
use crate::openai;

/// The name of a document.
pub(super) const FILE_NAME: &str = "filename";

/// The fields, of requests and of parts.
const SHARED: [&str; 6] = [
    "detail",
    FILE_NAME,
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "store",
];

/// Returns the field `name` of a request or part that came in that format or in this one.
pub(super) fn field<'a>(extra: Option<&'a Extra>, name: &str) -> Option<&'a RawJson> {
    extra
        .filter(|extra| extra.origin == openai::PROTOCOL || extra.origin == super::PROTOCOL)?
        .fields
        .get(name)
}

/// Writes what came in that format.
pub(super) fn write(extra: Option<&Extra>, object: &mut ObjectWriter<'_>) {
    let fields = extra.and_then(|extra| extra.fields_for(&openai::PROTOCOL));
    for (name, value) in fields.into_iter().flatten() {
        if is_shared(name) {
            object.field(name, value);
        }
    }
}

/// Returns what is left when these fields were written.
pub(super) fn without_shared(extra: Option<&Extra>) -> Option<Cow<'_, Extra>> {
    let extra = extra?;
    if extra.origin != openai::PROTOCOL || !extra.fields.keys().any(|name| is_shared(name)) {
        return Some(Cow::Borrowed(extra));
    }
    let mut rest = extra.clone();
    rest.fields.retain(|name, _| !is_shared(name));
    Some(Cow::Owned(rest))
}

fn is_shared(name: &str) -> bool {
    SHARED.contains(&name)
}
