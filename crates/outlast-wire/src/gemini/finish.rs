//! Why a reply ended.

use std::borrow::Cow;

use outlast_types::FinishReason;
use serde_json::value::RawValue;

/// The name of the field. Among a finish's extra fields it is the reason word for word, where reading it lost something.
pub(super) const FIELD: &str = "finishReason";

/// The names of the numbers that stand for reasons where a caller asks for numbers (`enum-encoding=int`). The Gemini
/// API and Vertex AI agree on these only.
const NUMBERED: [&str; 6] = [
    "FINISH_REASON_UNSPECIFIED",
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "OTHER",
];

/// Returns the name of a `finishReason`; `None` if it says nothing.
pub(super) fn name(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    if let Ok(number) = text.parse::<usize>() {
        let known = NUMBERED.get(number).copied();
        return match known {
            Some("FINISH_REASON_UNSPECIFIED") => None,
            Some(name) => Some(Cow::Borrowed(name)),
            None => Some(Cow::Borrowed(text)),
        };
    }
    let name: Cow<'_, str> = serde_json::from_str::<crate::json::Text<'_>>(text).ok()?.0;
    (!name.is_empty() && name != "FINISH_REASON_UNSPECIFIED").then_some(name)
}

/// Reads the name of a reason. `called` tells that the answer calls a tool: this protocol says `STOP` then, too.
pub(super) fn read(name: &str, called: bool) -> FinishReason {
    match name {
        "STOP" if called => FinishReason::ToolCalls,
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "MODEL_ARMOR"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    }
}

/// Writes a reason; `own` tells that it came in this protocol. A reason of another protocol becomes one that clients
/// know.
pub(super) fn write(reason: &FinishReason, own: bool) -> &str {
    match reason {
        FinishReason::Length => "MAX_TOKENS",
        FinishReason::ContentFilter | FinishReason::Refusal => "SAFETY",
        FinishReason::Other(name) if own => name,
        FinishReason::Other(_) => "OTHER",
        _ => "STOP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Option<String> {
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        name(raw).map(Cow::into_owned)
    }

    #[test]
    fn a_reason_is_a_name_or_a_number() {
        assert_eq!(named("\"STOP\"").as_deref(), Some("STOP"));
        assert_eq!(named("1").as_deref(), Some("STOP"));
        assert_eq!(named("2").as_deref(), Some("MAX_TOKENS"));
        // Beyond 5 the two APIs disagree.
        assert_eq!(named("9").as_deref(), Some("9"));
        assert_eq!(named("0"), None);
        assert_eq!(named("\"FINISH_REASON_UNSPECIFIED\""), None);
        assert_eq!(named("null"), None);
    }

    #[test]
    fn what_the_model_did_wrong_keeps_its_name() {
        for name in [
            "MALFORMED_FUNCTION_CALL",
            "UNEXPECTED_TOOL_CALL",
            "LANGUAGE",
            "NEW_ONE",
        ] {
            let reason = read(name, true);
            assert_eq!(reason, FinishReason::Other(name.to_owned()));
            assert_eq!(write(&reason, true), name);
            assert_eq!(write(&reason, false), "OTHER");
        }
    }

    #[test]
    fn a_stop_beside_a_call_is_a_call() {
        assert_eq!(read("STOP", true), FinishReason::ToolCalls);
        assert_eq!(write(&FinishReason::ToolCalls, true), "STOP");
        assert_eq!(read("SAFETY", true), FinishReason::ContentFilter);
    }
}
