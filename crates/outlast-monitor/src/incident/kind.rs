use std::fmt;
use std::sync::Arc;

use outlast_types::TargetId;
use serde::{Serialize, Serializer};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IncidentKind {
    /// A target's breaker has opened.
    TargetDown,
    /// A target's key is no longer accepted.
    KeyDisabled,
    /// A target's account has no money or quota left.
    QuotaExhausted,
    /// A target's breaker opens again and again.
    Flapping,
    /// Of a route's targets, only one is left.
    NoRedundancyLeft,
    /// Of a route's targets, none is left: calls go to the least bad one.
    Panic,
    /// No provider can be reached: it is our own network.
    EgressDown,
    /// Calls need more upstream calls than they should.
    CostAmplification,
    /// More streams than usual break and are continued elsewhere.
    ResumeRate,
}

/// How soon somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// When there is time.
    Ticket,
    /// Now.
    Page,
}

impl IncidentKind {
    /// Returns the kind in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TargetDown => "target_down",
            Self::KeyDisabled => "key_disabled",
            Self::QuotaExhausted => "quota_exhausted",
            Self::Flapping => "flapping",
            Self::NoRedundancyLeft => "no_redundancy_left",
            Self::Panic => "panic",
            Self::EgressDown => "egress_down",
            Self::CostAmplification => "cost_amplification",
            Self::ResumeRate => "resume_rate",
        }
    }

    /// Says in words what is wrong.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::TargetDown => "is down",
            Self::KeyDisabled => "does not accept its key",
            Self::QuotaExhausted => "has no quota or credit left",
            Self::Flapping => "keeps failing and coming back",
            Self::NoRedundancyLeft => "has one target left",
            Self::Panic => "has no healthy target left",
            Self::EgressDown => "cannot be reached: our own network seems to be down",
            Self::CostAmplification => "need more upstream calls than they should",
            Self::ResumeRate => "break more often than they should",
        }
    }

    /// Says how soon somebody should look.
    pub const fn severity(self) -> Severity {
        match self {
            Self::TargetDown
            | Self::KeyDisabled
            | Self::QuotaExhausted
            | Self::NoRedundancyLeft
            | Self::Panic
            | Self::EgressDown => Severity::Page,
            Self::Flapping | Self::CostAmplification | Self::ResumeRate => Severity::Ticket,
        }
    }

    /// Tells whether it is about one target's breaker. A target has one such incident at a time.
    pub const fn is_of_target(self) -> bool {
        matches!(
            self,
            Self::TargetDown | Self::KeyDisabled | Self::QuotaExhausted
        )
    }
}

impl fmt::Display for IncidentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Severity {
    /// Returns the severity in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Page => "page",
        }
    }
}

/// Whom an incident is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Subject {
    /// A target.
    Target(TargetId),
    /// The routes with the same targets, by their names.
    Routes(Arc<str>),
    /// All providers together.
    Providers,
    /// All calls together.
    Calls,
    /// All streams together.
    Streams,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(target) => write!(f, "{target}"),
            Self::Routes(names) => write!(f, "route {names}"),
            Self::Providers => f.write_str("every provider"),
            Self::Calls => f.write_str("calls"),
            Self::Streams => f.write_str("streams"),
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
