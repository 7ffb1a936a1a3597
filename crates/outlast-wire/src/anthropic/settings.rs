//! Settings that not every protocol has: who the user is, and the service tier.

use std::collections::BTreeMap;

use outlast_types::{ChatBody, RawJson, ServiceTier};

use super::platform::Platform;
use crate::json::{Object, ObjectWriter};
use crate::notes::Notes;
use crate::openai::spelling::take_readable;
use crate::settings::{Setting, TierNames};

pub(super) const METADATA: &str = "metadata";
pub(super) const SERVICE_TIER: &str = "service_tier";

const USER_ID: &str = "user_id";

/// Anthropic's names of tiers: <https://docs.claude.com/en/api/service-tiers>.
const TIERS: TierNames = TierNames(&[
    ("auto", ServiceTier::Auto),
    ("standard_only", ServiceTier::Standard),
]);

/// The longest id of a user: `metadata.user_id` has "maxLength: 256".
const MAX_USER: usize = 256;

/// What the protocol has no form for.
const LACKING: [Setting; 3] = [Setting::Penalties, Setting::Logprobs, Setting::Metadata];

/// Takes the settings that can be read. Returns what else is in `metadata`.
pub(super) fn read(fields: &mut Object<'_>, body: &mut ChatBody) -> Option<RawJson> {
    body.service_tier = take_readable(fields, SERVICE_TIER).map(|name| TIERS.read(name));
    let raw = fields.get(METADATA)?;
    let mut metadata = Object::from_raw(raw).ok()?;
    body.user = Some(metadata.take::<String>(USER_ID).ok()??);
    fields.take_raw(METADATA);
    let rest = metadata.into_rest();
    (!rest.is_empty())
        .then(|| RawJson::from_value(&rest).ok())
        .flatten()
}

/// The settings, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Settings<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) tier: Option<&'a str>,
}

impl<'a> Settings<'a> {
    /// Decides; `own` tells that the request came in this protocol.
    pub(super) fn plan(
        body: &'a ChatBody,
        own: bool,
        platform: Platform,
        notes: &mut Notes,
    ) -> Self {
        notes.leave_out_settings(body, &LACKING);
        Self {
            user: user(body, own, notes),
            tier: tier(body, own, platform, notes),
        }
    }

    /// Writes them; `rest` is what else is to be in `metadata`.
    pub(super) fn write(
        &self,
        rest: Option<&BTreeMap<String, RawJson>>,
        body: &mut ObjectWriter<'_>,
    ) {
        body.optional(SERVICE_TIER, self.tier);
        if let Some(user) = self.user {
            body.object(METADATA, |metadata| {
                metadata.field(USER_ID, user);
                if let Some(rest) = rest {
                    metadata.fields(rest);
                }
            });
        }
    }
}

fn user<'a>(body: &'a ChatBody, own: bool, notes: &mut Notes) -> Option<&'a str> {
    let user = body.user.as_deref()?;
    if !own && user.chars().count() > MAX_USER {
        notes.loss(format!(
            "the user's id is left out: the format takes no more than {MAX_USER} characters"
        ));
        return None;
    }
    Some(user)
}

/// Returns the tier's name. Other platforms than Anthropic's own have none, so that only callers who know better name one.
fn tier<'a>(
    body: &'a ChatBody,
    own: bool,
    platform: Platform,
    notes: &mut Notes,
) -> Option<&'a str> {
    let tier = body.service_tier.as_ref()?;
    if own {
        return TIERS.name(tier, true);
    }
    let name = TIERS
        .name(tier, false)
        .filter(|_| platform == Platform::Anthropic && *tier != ServiceTier::Auto);
    if name.is_none() {
        notes.leave_out_settings(body, &[Setting::ServiceTier]);
    }
    name
}
