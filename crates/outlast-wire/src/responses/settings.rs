//! Settings that not every protocol has.

use std::collections::BTreeMap;

use outlast_types::ChatBody;

use crate::json::{Object, ObjectWriter};
use crate::notes::Notes;
use crate::openai::settings::{MAX_LOGPROBS, read_shared, write_shared, write_tier, write_user};
use crate::openai::spelling::{Spelling, take_readable};
use crate::settings::{Setting, wants_logprobs};

/// The fields that are written from the vocabulary.
pub(super) const FIELDS: [&str; 4] = ["metadata", "service_tier", "top_logprobs", "user"];

/// What `include` names so that log probabilities are told.
const LOGPROBS: &str = "message.output_text.logprobs";

/// "Set of 16 key-value pairs"; "Keys are strings with a maximum length of 64 characters. Values are strings with a
/// maximum length of 512 characters."
const MAX_PAIRS: usize = 16;
const MAX_KEY: usize = 64;
const MAX_VALUE: usize = 512;

/// Takes the settings that can be read; `include` stays where it is.
pub(super) fn read(object: &mut Object<'_>, body: &mut ChatBody) {
    let include: Vec<String> = object
        .get("include")
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or_default();
    body.logprobs = include.iter().any(|name| name == LOGPROBS).then_some(true);
    body.top_logprobs = take_readable(object, "top_logprobs");
    read_shared(object, body);
}

/// Writes the settings of a request that came in this format.
pub(super) fn write_own(body: &ChatBody, spelling: Spelling<'_>, object: &mut ObjectWriter<'_>) {
    spelling.write_readable(object, "top_logprobs", body.top_logprobs.as_ref());
    write_shared(body, spelling, object);
}

/// Writes the settings of any other request.
pub(super) fn write_foreign(body: &ChatBody, object: &mut ObjectWriter<'_>, notes: &mut Notes) {
    if wants_logprobs(body) {
        let count = body.top_logprobs.map(|count| count.min(MAX_LOGPROBS));
        object
            .field("include", &[LOGPROBS])
            .optional("top_logprobs", count.as_ref());
    }
    write_user(body, object, notes);
    write_tier(body, object, notes);
    match &body.metadata {
        Some(metadata) if fits(metadata) => {
            object.field("metadata", metadata);
        }
        _ => notes.leave_out_settings(body, &[Setting::Metadata]),
    }
}

fn fits(metadata: &BTreeMap<String, String>) -> bool {
    let pair_fits = |(key, value): (&String, &String)| {
        key.chars().count() <= MAX_KEY && value.chars().count() <= MAX_VALUE
    };
    metadata.len() <= MAX_PAIRS && metadata.iter().all(pair_fits)
}
