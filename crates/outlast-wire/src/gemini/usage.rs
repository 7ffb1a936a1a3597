//! Token counts, in both directions.
//!
//! Here `candidatesTokenCount` excludes what was thought, and is absent while the model only thinks; what the tools of
//! the provider made the model read is beside the prompt; what came from the cache is within it:
//! `totalTokenCount = promptTokenCount + candidatesTokenCount + thoughtsTokenCount + toolUsePromptTokenCount`.

use outlast_types::{Opaque, RawJson, Usage};
use serde::Deserialize;

use super::PROTOCOL;
use crate::json::ObjectWriter;

const FIELD: &str = "usageMetadata";

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireUsage {
    prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
    cached_content_token_count: Option<u64>,
    total_token_count: Option<u64>,
}

/// Reads the text of a `usageMetadata`; one that cannot be read is none.
pub(super) fn read(text: &str) -> Option<Usage> {
    // Serde would take a list for the object.
    let object = text.starts_with('{').then_some(text)?;
    let wire: WireUsage = serde_json::from_str(object).ok()?;
    let prompt = wire
        .prompt_token_count
        .unwrap_or(0)
        .saturating_add(wire.tool_use_prompt_token_count.unwrap_or(0));
    let candidates = wire.candidates_token_count.unwrap_or(0);
    // Early models that thought did not say how much: it is in the total only.
    let hidden = || {
        let told = prompt.saturating_add(candidates);
        wire.total_token_count.unwrap_or(0).saturating_sub(told)
    };
    let thoughts = wire.thoughts_token_count.unwrap_or_else(hidden);

    let mut usage = Usage::new(0, candidates.saturating_add(thoughts));
    usage.cached_read = wire.cached_content_token_count.unwrap_or(0);
    usage.input = prompt.saturating_sub(usage.cached_read);
    usage.reasoning = thoughts;
    Some(usage)
}

/// Keeps the text of a `usageMetadata`.
pub(super) fn keep(text: &str) -> Option<Box<Opaque>> {
    let raw = RawJson::parse(text).ok()?;
    Some(Box::new(Opaque {
        origin: PROTOCOL,
        raw,
    }))
}

/// Writes the field `usageMetadata`: as the provider wrote it if that was in this protocol, else from the counts.
pub(super) fn write(object: &mut ObjectWriter<'_>, usage: Usage, raw: Option<&Opaque>) {
    if let Some(raw) = raw.filter(|raw| raw.origin == PROTOCOL) {
        object.field(FIELD, &raw.raw);
        return;
    }
    let prompt = usage.total_input();
    object.object(FIELD, |fields| {
        fields.field("promptTokenCount", &prompt).field(
            "candidatesTokenCount",
            &usage.output.saturating_sub(usage.reasoning),
        );
        if usage.cached_read > 0 {
            fields.field("cachedContentTokenCount", &usage.cached_read);
        }
        if usage.reasoning > 0 {
            fields.field("thoughtsTokenCount", &usage.reasoning);
        }
        fields.field("totalTokenCount", &prompt.saturating_add(usage.output));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, input: u64, cached: u64, output: u64, reasoning: u64) {
        let usage = read(json).unwrap();
        assert_eq!(
            (
                usage.input,
                usage.cached_read,
                usage.output,
                usage.reasoning
            ),
            (input, cached, output, reasoning),
            "{json}"
        );
    }

    #[test]
    fn thoughts_are_output_and_what_tools_read_is_input() {
        check(
            r#"{"promptTokenCount":57,"candidatesTokenCount":14,"totalTokenCount":1171,"thoughtsTokenCount":100,"toolUsePromptTokenCount":1000}"#,
            1057,
            0,
            114,
            100,
        );
        check(
            r#"{"promptTokenCount":1000,"cachedContentTokenCount":900,"candidatesTokenCount":5,"totalTokenCount":1005}"#,
            100,
            900,
            5,
            0,
        );
    }

    #[test]
    fn counts_that_are_not_known_yet_are_zero() {
        check(r#"{"promptTokenCount":7,"totalTokenCount":7}"#, 7, 0, 0, 0);
        check("{}", 0, 0, 0, 0);
        assert!(read("[]").is_none());
    }

    #[test]
    fn thoughts_that_are_in_the_total_only_are_found() {
        check(
            r#"{"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":115}"#,
            10,
            0,
            105,
            100,
        );
        // A recorded total that says less than its parts.
        check(
            r#"{"promptTokenCount":263,"candidatesTokenCount":35,"totalTokenCount":35}"#,
            263,
            0,
            35,
            0,
        );
    }
}
