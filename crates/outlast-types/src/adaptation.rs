//! What was changed in a request for a target, and what becomes of what it cannot carry.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// Something that was done to a request so that a target can serve it.
///
/// # Examples
///
/// ```
/// use outlast_types::Adaptation;
///
/// let adaptation = Adaptation::loss("seed is left out: the format has none");
/// assert!(adaptation.is_loss());
/// assert_eq!(adaptation.to_string(), "seed is left out: the format has none");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Adaptation {
    /// Whether something got lost by it.
    pub kind: AdaptationKind,
    /// What was done, in words; never a quotation of the prompt.
    pub what: Cow<'static, str>,
}

/// Tells a loss from a change of form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AdaptationKind {
    /// It is asked for in another form (an id of a tool call, a schema as the arguments of a tool), or what stays behind
    /// bears on cost or speed only (a cache mark), or means nothing to this target (another provider's thinking).
    Change,
    /// Something that was asked for is left out, and the answer or what is done with it may show that.
    Loss,
}

impl Adaptation {
    /// Notes a change of form.
    pub fn change(what: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: AdaptationKind::Change,
            what: what.into(),
        }
    }

    /// Notes a loss.
    pub fn loss(what: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: AdaptationKind::Loss,
            what: what.into(),
        }
    }

    /// Tells whether something that was asked for is left out.
    pub fn is_loss(&self) -> bool {
        self.kind == AdaptationKind::Loss
    }
}

impl fmt::Display for Adaptation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// What becomes of what a target's protocol cannot carry.
///
/// It decides about losses only: changes of form are made and noted in any case. What a request cannot do without, such
/// as a picture that the question is about, is an error in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnUnsupported {
    /// It is left out, and the ledger says so. The default.
    #[default]
    Adapt,
    /// The target fails with [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) before anything is sent, and a
    /// target that can carry it may be asked instead.
    Error,
    /// It is left out without a word.
    Ignore,
}

impl OnUnsupported {
    /// All of them, in the order of their docs.
    pub const ALL: [Self; 3] = [Self::Adapt, Self::Error, Self::Ignore];

    /// Returns the name that configuration and headers use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adapt => "adapt",
            Self::Error => "error",
            Self::Ignore => "ignore",
        }
    }

    /// Finds the one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

impl fmt::Display for OnUnsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_found_by_its_name_and_no_other_name_is() {
        for way in OnUnsupported::ALL {
            assert_eq!(OnUnsupported::from_name(way.as_str()), Some(way));
        }
        assert_eq!(OnUnsupported::from_name("Adapt"), None);
        assert_eq!(OnUnsupported::default(), OnUnsupported::Adapt);
    }
}
