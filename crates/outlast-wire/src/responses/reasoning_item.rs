//! Reasoning items: what the model thought, in summaries or in full, and its encrypted form.

use std::borrow::Cow;

use outlast_types::{RawJson, Reasoning};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::marks::own_fields;
use super::part_in::string;
use crate::json::{Object, ObjectWriter};

const SUMMARY: &str = "summary";
const CONTENT: &str = "content";
const ENCRYPTED: &str = "encrypted_content";

/// What stands between the texts of one item.
pub(super) const BETWEEN: &str = "\n\n";

/// Ids of items that were made here for the reasoning of another protocol begin with this: no provider knows them.
pub(super) const OUR_ID: &str = "rs_outlast_";

/// One text of `summary` or `content`.
#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// A text that has nothing beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainText<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(rename = "text", borrow)]
    _text: Cow<'a, str>,
}

/// Reads an item; `None` if it has a form of its own.
///
/// Where one summary is not all there is, the texts also stay among the extra fields as they were.
pub(super) fn read(mut item: Object<'_>) -> Option<Reasoning> {
    item.take_raw("type");
    let summary = texts(item.get(SUMMARY)?)?;
    let content = match item.get(CONTENT) {
        Some(raw) if raw.get() != "null" => texts(raw)?,
        _ => Vec::new(),
    };
    if content.is_empty() && summary.len() <= 1 && item.get(SUMMARY).is_some_and(is_plain) {
        item.take_raw(SUMMARY);
    }
    let mut part = Reasoning::new(joined(&summary, &content), Some(PROTOCOL));
    part.signature = string(&mut item, ENCRYPTED);
    if part.signature.is_none() && item.get("id").is_some_and(is_ours) {
        part.origin = None;
    }
    part.extra = item.into_extra(PROTOCOL);
    Some(part)
}

fn is_ours(id: &RawValue) -> bool {
    id.get()
        .strip_prefix('"')
        .is_some_and(|id| id.starts_with(OUR_ID))
}

fn texts(raw: &RawValue) -> Option<Vec<Cow<'_, str>>> {
    let texts: Vec<Text<'_>> = serde_json::from_str(raw.get()).ok()?;
    Some(texts.into_iter().map(|text| text.text).collect())
}

fn is_plain(raw: &RawValue) -> bool {
    let texts: Result<Vec<PlainText<'_>>, _> = serde_json::from_str(raw.get());
    texts.is_ok_and(|texts| texts.iter().all(|text| text.kind == "summary_text"))
}

fn joined(summary: &[Cow<'_, str>], content: &[Cow<'_, str>]) -> String {
    let all: Vec<&str> = summary.iter().chain(content).map(AsRef::as_ref).collect();
    all.join(BETWEEN)
}

/// Writes the fields of an item; `id` is written where it has none.
pub(super) fn write(part: &Reasoning, id: Option<&str>, object: &mut ObjectWriter<'_>) {
    let spelling = own_fields(part.extra.as_ref());
    let spelled = spelling
        .get(SUMMARY)
        .filter(|summary| says(summary, spelling.get(CONTENT), &part.text));
    object.field("type", "reasoning");
    if spelling.get("id").is_none() {
        object.optional("id", id);
    }
    match spelled {
        Some(summary) => {
            object.field(SUMMARY, summary);
        }
        None => write_summary(&part.text, object),
    }
    object.optional(ENCRYPTED, part.signature.as_ref());
    let mut written = vec!["type", SUMMARY];
    if part.signature.is_some() {
        written.push(ENCRYPTED);
    }
    if spelling.get(SUMMARY).is_some() && spelled.is_none() {
        written.push(CONTENT);
    }
    spelling.write_rest(object, &written);
}

/// Tells whether the spelled texts still say `text`.
fn says(summary: &RawJson, content: Option<&RawJson>, text: &str) -> bool {
    let (Some(summary), Some(content)) = (
        texts_or_none(summary),
        content.map_or(Some(Vec::new()), texts_or_none),
    ) else {
        return false;
    };
    joined(&summary, &content) == text
}

fn texts_or_none(raw: &RawJson) -> Option<Vec<Cow<'_, str>>> {
    if raw.is_null() {
        return Some(Vec::new());
    }
    texts(raw.as_raw_value())
}

fn write_summary(text: &str, object: &mut ObjectWriter<'_>) {
    object.array(SUMMARY, |array| {
        if !text.is_empty() {
            array.object(|item| {
                item.field("type", "summary_text").field("text", text);
            });
        }
    });
}
