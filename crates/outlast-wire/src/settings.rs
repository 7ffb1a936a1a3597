//! Settings that not every protocol has, and what is said where one has no form for them.

use outlast_types::{ChatBody, ServiceTier};

use crate::notes::Notes;

/// A setting of a request that not every protocol has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    TopK,
    Penalties,
    Logprobs,
    User,
    Metadata,
    ServiceTier,
}

impl Notes {
    /// Names those of the settings in `lacking` that `body` has: the protocol has no form for them.
    pub(crate) fn leave_out_settings(&mut self, body: &ChatBody, lacking: &[Setting]) {
        for setting in lacking {
            self.leave_out_setting(body, *setting);
        }
    }

    fn leave_out_setting(&mut self, body: &ChatBody, setting: Setting) {
        // What says no more than the default is no loss.
        let is_penalty = |value: Option<f64>| value.is_some_and(|value| value != 0.0);
        match setting {
            Setting::TopK if body.top_k.is_some() => {
                self.loss("top_k is left out: the target does not take it");
            }
            Setting::Penalties => {
                if is_penalty(body.frequency_penalty) {
                    self.loss("frequency_penalty is left out: the target does not take it");
                }
                if is_penalty(body.presence_penalty) {
                    self.loss("presence_penalty is left out: the target does not take it");
                }
            }
            Setting::Logprobs if wants_logprobs(body) => {
                self.loss("log probabilities are not asked for: the target does not tell them");
            }
            Setting::User if body.user.is_some() => {
                self.loss("the user's id is left out: the target does not take it");
            }
            Setting::Metadata if body.metadata.as_ref().is_some_and(|data| !data.is_empty()) => {
                self.loss("metadata is left out: the target does not take it");
            }
            Setting::ServiceTier if is_special(body.service_tier.as_ref()) => {
                self.change("the service tier is left out: the target does not have it");
            }
            _ => {}
        }
    }
}

/// Tells whether log probabilities are asked for.
pub(crate) fn wants_logprobs(body: &ChatBody) -> bool {
    body.logprobs
        .unwrap_or(body.top_logprobs.is_some_and(|count| count > 0))
}

/// Tells whether a tier is another than the one that a request without it gets.
fn is_special(tier: Option<&ServiceTier>) -> bool {
    tier.is_some_and(|tier| *tier != ServiceTier::Auto)
}

/// The names that a protocol has for tiers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TierNames(pub(crate) &'static [(&'static str, ServiceTier)]);

impl TierNames {
    /// Reads a name; one that is not known is another tier.
    pub(crate) fn read(self, name: String) -> ServiceTier {
        let known = self.0.iter().find(|(known, _)| *known == name);
        known.map_or(ServiceTier::Other(name), |(_, tier)| tier.clone())
    }

    /// Returns the name of a tier. One that only another protocol has is `None`, unless `own` tells that the request came
    /// in this one.
    pub(crate) fn name(self, tier: &ServiceTier, own: bool) -> Option<&str> {
        match tier {
            ServiceTier::Other(name) => own.then_some(name.as_str()),
            tier => {
                let known = self.0.iter().find(|(_, known)| known == tier);
                known.map(|(name, _)| *name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: TierNames = TierNames(&[
        ("auto", ServiceTier::Auto),
        ("default", ServiceTier::Standard),
    ]);

    #[test]
    fn a_tier_goes_by_the_protocol_s_name_and_a_foreign_one_nowhere_else() {
        assert_eq!(NAMES.read("default".to_owned()), ServiceTier::Standard);
        assert_eq!(NAMES.name(&ServiceTier::Standard, false), Some("default"));
        assert_eq!(NAMES.name(&ServiceTier::Flex, true), None);

        let other = NAMES.read("scale".to_owned());
        assert_eq!(NAMES.name(&other, true), Some("scale"));
        assert_eq!(NAMES.name(&other, false), None);
    }

    #[test]
    fn what_says_no_more_than_the_default_is_left_out_without_a_word() {
        let mut body = ChatBody::default();
        body.frequency_penalty = Some(0.0);
        body.logprobs = Some(false);
        body.top_logprobs = Some(3);
        body.metadata = Some(Default::default());
        body.service_tier = Some(ServiceTier::Auto);
        let mut notes = Notes::default();
        let all = [
            Setting::Penalties,
            Setting::Logprobs,
            Setting::Metadata,
            Setting::ServiceTier,
        ];
        notes.leave_out_settings(&body, &all);
        assert_eq!(notes.into_adaptations(), []);
    }
}
