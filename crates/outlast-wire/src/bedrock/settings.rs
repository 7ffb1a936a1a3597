//! Settings that not every protocol has: notes on the call, and the service tier.

use std::collections::BTreeMap;

use outlast_types::{ChatBody, ServiceTier};

use crate::json::{Object, ObjectWriter};
use crate::notes::Notes;
use crate::openai::spelling::take_readable;
use crate::settings::{Setting, TierNames};

const METADATA: &str = "requestMetadata";
const SERVICE_TIER: &str = "serviceTier";

/// Names of tiers: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ServiceTier.html>.
const TIERS: TierNames = TierNames(&[
    ("default", ServiceTier::Standard),
    ("flex", ServiceTier::Flex),
    ("priority", ServiceTier::Priority),
]);

/// "Map Entries: Minimum number of 1 item. Maximum number of 16 items."
const MAX_PAIRS: usize = 16;

/// The longest key and value, of letters, digits and [`TAKEN`].
const MAX_TEXT: usize = 256;

/// `[a-zA-Z0-9\s:_@$#=/+,-.]{0,256}`: between the comma and the point there is only the hyphen.
const TAKEN: &str = ":_@$#=/+,-.";

/// What the protocol has no form for.
const LACKING: [Setting; 3] = [Setting::Penalties, Setting::Logprobs, Setting::User];

/// Takes the settings that can be read.
pub(super) fn read(fields: &mut Object<'_>, body: &mut ChatBody) {
    body.metadata = take_readable::<BTreeMap<String, String>>(fields, METADATA);
    if body.metadata.is_some() {
        fields.take_raw(METADATA);
    }
    if let Some(name) = fields.get(SERVICE_TIER).and_then(|raw| {
        let mut tier = Object::from_raw(raw).ok()?;
        let name: String = tier.take("type").ok()??;
        tier.is_empty().then_some(name)
    }) {
        fields.take_raw(SERVICE_TIER);
        body.service_tier = Some(TIERS.read(name));
    }
}

/// The settings, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Settings<'a> {
    metadata: Option<&'a BTreeMap<String, String>>,
    tier: Option<&'a str>,
}

impl<'a> Settings<'a> {
    /// Decides; `own` tells that the request came in this protocol.
    pub(super) fn plan(body: &'a ChatBody, own: bool, notes: &mut Notes) -> Self {
        notes.leave_out_settings(body, &LACKING);
        let tier = body.service_tier.as_ref();
        let name = tier.and_then(|tier| TIERS.name(tier, own));
        if name.is_none() {
            notes.leave_out_settings(body, &[Setting::ServiceTier]);
        }
        let metadata = body.metadata.as_ref();
        let taken = metadata.filter(|metadata| own || fits(metadata));
        if taken.is_none() {
            notes.leave_out_settings(body, &[Setting::Metadata]);
        }
        Self {
            metadata: taken,
            tier: name,
        }
    }

    pub(super) fn write(&self, body: &mut ObjectWriter<'_>) {
        body.optional(METADATA, self.metadata);
        if let Some(name) = self.tier {
            body.object(SERVICE_TIER, |tier| {
                tier.field("type", name);
            });
        }
    }

    /// Tells whether a field of the body is written from here.
    pub(super) fn has(&self, name: &str) -> bool {
        match name {
            METADATA => self.metadata.is_some(),
            SERVICE_TIER => self.tier.is_some(),
            _ => false,
        }
    }
}

fn fits(metadata: &BTreeMap<String, String>) -> bool {
    let is_taken =
        |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || TAKEN.contains(c);
    let fits = |text: &String| text.len() <= MAX_TEXT && text.chars().all(is_taken);
    let pair_fits = |(key, value): (&String, &String)| !key.is_empty() && fits(key) && fits(value);
    (1..=MAX_PAIRS).contains(&metadata.len()) && metadata.iter().all(pair_fits)
}
