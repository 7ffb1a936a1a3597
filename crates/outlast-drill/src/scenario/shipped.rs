//! The scenarios that come with the crate.

use super::{Scenario, ScenarioError};

/// Each by its name, the whole story first.
const SHIPPED: &[(&str, &str)] = &[
    ("4h23m", include_str!("../../scenarios/4h23m.toml")),
    ("hard", include_str!("../../scenarios/hard.toml")),
    ("hang", include_str!("../../scenarios/hang.toml")),
    ("brown-out", include_str!("../../scenarios/brown-out.toml")),
    (
        "slow-success",
        include_str!("../../scenarios/slow-success.toml"),
    ),
    ("flap", include_str!("../../scenarios/flap.toml")),
    (
        "dirty-recovery",
        include_str!("../../scenarios/dirty-recovery.toml"),
    ),
    ("two-waves", include_str!("../../scenarios/two-waves.toml")),
    ("both-down", include_str!("../../scenarios/both-down.toml")),
    (
        "wrong-401s",
        include_str!("../../scenarios/wrong-401s.toml"),
    ),
    (
        "shared-host",
        include_str!("../../scenarios/shared-host.toml"),
    ),
    ("429-storm", include_str!("../../scenarios/429-storm.toml")),
];

impl Scenario {
    /// Returns the names of the scenarios that come with the crate.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Returns a scenario that comes with the crate.
    pub fn shipped(name: &str) -> Result<Self, ScenarioError> {
        let Some((_, text)) = SHIPPED.iter().find(|(known, _)| *known == name) else {
            let names = Self::names().collect::<Vec<_>>().join(", ");
            return Err(ScenarioError::Unknown(name.to_owned(), names));
        };
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_scenario_can_be_read_and_is_called_like_its_file() {
        for name in Scenario::names() {
            let scenario =
                Scenario::shipped(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(scenario.name, name);
        }
    }
}
