//! Why a reply ended. Both generations of the format use these words, in capitals or not.

use outlast_types::{ErrorKind, FinishReason};

/// What a finish reason says.
pub(super) enum Ending {
    /// The answer is complete.
    Finish(FinishReason),
    /// The provider failed.
    Failed(ErrorKind),
}

/// Reads a finish reason.
pub(super) fn read(reason: &str) -> Ending {
    let finish = match reason.to_ascii_uppercase().as_str() {
        "COMPLETE" => FinishReason::Stop,
        "STOP_SEQUENCE" => FinishReason::StopSequence,
        // The older format tells a full context from a reached limit.
        "MAX_TOKENS" | "ERROR_LIMIT" => FinishReason::Length,
        "TOOL_CALL" => FinishReason::ToolCalls,
        "ERROR_TOXIC" => FinishReason::ContentFilter,
        "ERROR" => return Ending::Failed(ErrorKind::Server),
        "TIMEOUT" => return Ending::Failed(ErrorKind::Overloaded),
        _ => FinishReason::Other(reason.to_owned()),
    };
    Ending::Finish(finish)
}
