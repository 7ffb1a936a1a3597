//! In which form a message's content and reasoning stood.
//!
//! The content of a message may be a string, an array, `null` or not there. The vocabulary tells text from parts, but a
//! message that also has tool calls is parts in any case, and of one without content it cannot tell how it said so. Such
//! a message keeps the form of its content as the extra field `content`: `""`, `[]` or `null`.

use outlast_types::{Extra, RawJson, Reasoning};

use super::PROTOCOL;

pub(super) const DETAILS: &str = "reasoning_details";
pub(super) const LOGPROBS: &str = "logprobs";
pub(super) const REASONING: &str = "reasoning";
pub(super) const REASONING_CONTENT: &str = "reasoning_content";

/// The field of a reasoning part that names the message's field it stood in, unless that is `reasoning_content`.
const FIELD: &str = "field";

/// How the content stood where that cannot be seen from the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentForm {
    Null,
    Text,
    Array,
}

impl ContentForm {
    /// Returns the value of the extra field `content`.
    pub(super) fn to_mark(self) -> RawJson {
        RawJson::from(match self {
            Self::Null => serde_json::Value::Null,
            Self::Text => serde_json::Value::from(""),
            Self::Array => serde_json::Value::Array(Vec::new()),
        })
    }
}

/// Returns the form in which the content of a message with these extra fields stood, if it was marked.
pub(super) fn form_of(extra: Option<&Extra>) -> Option<ContentForm> {
    match extra?.fields_for(&PROTOCOL)?.get("content")?.get() {
        "null" => Some(ContentForm::Null),
        "\"\"" => Some(ContentForm::Text),
        "[]" => Some(ContentForm::Array),
        _ => None,
    }
}

/// Makes the reasoning part of a text that stood in the field `reasoning`.
pub(super) fn reasoning_in_field(text: String) -> Reasoning {
    let mut part = Reasoning::new(text, Some(PROTOCOL));
    part.extra = Some(Extra {
        origin: PROTOCOL,
        fields: [(
            FIELD.to_owned(),
            RawJson::from(serde_json::Value::from(REASONING)),
        )]
        .into(),
    });
    part
}

/// Returns the field in which the text of a reasoning part stood.
pub(super) fn reasoning_field_of(part: &Reasoning) -> &'static str {
    let fields = part
        .extra
        .as_ref()
        .and_then(|extra| extra.fields_for(&PROTOCOL));
    match fields.and_then(|fields| fields.get(FIELD)) {
        Some(_) => REASONING,
        None => REASONING_CONTENT,
    }
}
