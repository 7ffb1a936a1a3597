//! Why a reply ended.

use serde::{Serialize, Serializer};

/// Tells why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishReason {
    /// It had said all it wanted to.
    Stop,
    /// It wrote one of the request's stop sequences.
    StopSequence,
    /// It reached the output limit, or the context was full.
    Length,
    /// It wants a tool to be run.
    ToolCalls,
    /// A filter held the content back.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The provider paused a long turn that can be continued.
    Pause,
    /// A reason that only its protocol knows, by its name.
    Other(String),
}

impl FinishReason {
    /// Returns a short name: this crate's own, or the protocol's for [`FinishReason::Other`].
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::StopSequence => "stop_sequence",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Refusal => "refusal",
            Self::Pause => "pause",
            Self::Other(name) => name,
        }
    }
}

impl Serialize for FinishReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
