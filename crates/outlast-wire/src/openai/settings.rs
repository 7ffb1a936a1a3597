//! Settings that not every protocol has, and not every account of this one.

use std::collections::BTreeMap;

use outlast_types::{ChatBody, ServiceTier};

use super::Dialect;
use super::spelling::{Spelling, take_readable};
use crate::json::{Object, ObjectWriter};
use crate::notes::Notes;
use crate::settings::{Setting, TierNames, wants_logprobs};

/// The fields.
pub(super) const FIELDS: [&str; 8] = [
    "frequency_penalty",
    "logprobs",
    "metadata",
    "presence_penalty",
    SERVICE_TIER,
    "top_k",
    "top_logprobs",
    USER,
];

pub(crate) const SERVICE_TIER: &str = "service_tier";
pub(crate) const USER: &str = "user";

/// OpenAI's names of tiers: <https://platform.openai.com/docs/api-reference/chat/create>.
pub(crate) const TIERS: TierNames = TierNames(&[
    ("auto", ServiceTier::Auto),
    ("default", ServiceTier::Standard),
    ("flex", ServiceTier::Flex),
    ("priority", ServiceTier::Priority),
]);

/// "Invalid 'user': string too long. Expected a string with maximum length 64".
const MAX_USER: usize = 64;

/// The most alternatives to a token whose probabilities are told: "0 to 20".
pub(crate) const MAX_LOGPROBS: u32 = 20;

/// Takes the settings that can be read.
pub(super) fn read(object: &mut Object<'_>, body: &mut ChatBody) {
    body.top_k = take_readable(object, "top_k");
    body.frequency_penalty = take_readable(object, "frequency_penalty");
    body.presence_penalty = take_readable(object, "presence_penalty");
    body.logprobs = take_readable(object, "logprobs");
    body.top_logprobs = take_readable(object, "top_logprobs");
    read_shared(object, body);
}

/// Takes those that OpenAI's Responses spells in the same way.
pub(crate) fn read_shared(object: &mut Object<'_>, body: &mut ChatBody) {
    body.user = take_readable(object, USER);
    body.metadata = take_readable::<BTreeMap<String, String>>(object, "metadata");
    body.service_tier = take_readable(object, SERVICE_TIER).map(|name| TIERS.read(name));
}

/// Writes the settings of a request that came in this format.
pub(super) fn write_own(body: &ChatBody, spelling: Spelling<'_>, object: &mut ObjectWriter<'_>) {
    spelling.write_readable(object, "top_k", body.top_k.as_ref());
    spelling.write_readable(object, "frequency_penalty", body.frequency_penalty.as_ref());
    spelling.write_readable(object, "presence_penalty", body.presence_penalty.as_ref());
    spelling.write_readable(object, "logprobs", body.logprobs.as_ref());
    spelling.write_readable(object, "top_logprobs", body.top_logprobs.as_ref());
    write_shared(body, spelling, object);
}

/// Writes those that OpenAI's Responses spells in the same way.
pub(crate) fn write_shared(body: &ChatBody, spelling: Spelling<'_>, object: &mut ObjectWriter<'_>) {
    spelling.write_readable(object, USER, body.user.as_ref());
    spelling.write_readable(object, "metadata", body.metadata.as_ref());
    let tier = body.service_tier.as_ref();
    let name = tier
        .and_then(|tier| TIERS.name(tier, true))
        .map(str::to_owned);
    spelling.write_readable(object, SERVICE_TIER, name.as_ref());
}

/// Writes the settings of any other request, as far as the account takes them.
pub(super) fn write_foreign(
    body: &ChatBody,
    dialect: Dialect,
    object: &mut ObjectWriter<'_>,
    notes: &mut Notes,
) {
    object
        .optional("frequency_penalty", body.frequency_penalty.as_ref())
        .optional("presence_penalty", body.presence_penalty.as_ref());
    if wants_logprobs(body) {
        let count = body.top_logprobs.map(|count| count.min(MAX_LOGPROBS));
        object
            .field("logprobs", &true)
            .optional("top_logprobs", count.as_ref());
    }
    if dialect.top_k {
        object.optional("top_k", body.top_k.as_ref());
    } else {
        notes.leave_out_settings(body, &[Setting::TopK]);
    }
    if dialect.user {
        write_user(body, object, notes);
    } else {
        notes.leave_out_settings(body, &[Setting::User]);
    }
    if dialect.service_tier {
        write_tier(body, object, notes);
    } else {
        notes.leave_out_settings(body, &[Setting::ServiceTier]);
    }
    // "The 'metadata' parameter is only allowed when 'store' is enabled."
    notes.leave_out_settings(body, &[Setting::Metadata]);
}

/// Writes the user's id if it is short enough.
pub(crate) fn write_user(body: &ChatBody, object: &mut ObjectWriter<'_>, notes: &mut Notes) {
    match &body.user {
        Some(user) if user.chars().count() > MAX_USER => notes.loss(format!(
            "the user's id is left out: the format takes no more than {MAX_USER} characters"
        )),
        user => {
            object.optional(USER, user.as_ref());
        }
    }
}

/// Writes the tier, if it has a name here and is another than the default.
pub(crate) fn write_tier(body: &ChatBody, object: &mut ObjectWriter<'_>, notes: &mut Notes) {
    let tier = body
        .service_tier
        .as_ref()
        .filter(|tier| **tier != ServiceTier::Auto);
    match tier.map(|tier| TIERS.name(tier, false)) {
        Some(Some(name)) => {
            object.field(SERVICE_TIER, name);
        }
        Some(None) => notes.leave_out_settings(body, &[Setting::ServiceTier]),
        None => {}
    }
}
