//! From how many of the likeliest tokens is sampled: each vendor's models have a field of their own for it, among those of
//! [`model_fields`](super::model_fields).

use outlast_types::RawJson;

use super::family::vendor;
use crate::json::Object;

/// The object in which Nova's field stands.
const NOVA: &str = "inferenceConfig";

/// Returns the field, and what stands in it, for `model`; `None` if the model has no such setting.
///
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html>
pub(super) fn field(model: &str, top_k: u64) -> Option<(&'static str, RawJson)> {
    match vendor(model)? {
        "anthropic" | "mistral" => Some(("top_k", serde_json::json!(top_k).into())),
        "cohere" => Some(("k", serde_json::json!(top_k).into())),
        "amazon" if model.contains("nova") => {
            Some((NOVA, serde_json::json!({"topK": top_k}).into()))
        }
        _ => None,
    }
}

/// Reads it out of the fields for models, whichever vendor's way it is said in. They stay where they are.
pub(super) fn read(raw: &RawJson) -> Option<u64> {
    let mut fields = raw.read::<Object<'_>>().ok()?;
    let nova = fields.take::<Object<'_>>(NOVA).ok().flatten();
    let in_nova = nova.and_then(|mut nova| nova.take("topK").ok().flatten());
    ["top_k", "k"]
        .iter()
        .find_map(|name| fields.take(name).ok().flatten())
        .or(in_nova)
}

/// Tells whether the fields for models say this and nothing else.
pub(super) fn is_all(raw: &RawJson) -> bool {
    let Ok(fields) = raw.read::<Object<'_>>() else {
        return false;
    };
    match fields.fields() {
        [(name, value)] => match &**name {
            "top_k" | "k" => read(raw).is_some(),
            NOVA => {
                read(raw).is_some()
                    && Object::from_raw(value).is_ok_and(|nova| nova.fields().len() == 1)
            }
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_for_a_vendor_is_read_again() {
        for model in [
            "anthropic.claude-sonnet-4-5-v1:0",
            "mistral.mistral-large-2402-v1:0",
            "cohere.command-r-v1:0",
            "us.amazon.nova-pro-v1:0",
        ] {
            let (name, value) = field(model, 41).unwrap();
            let fields = RawJson::from(serde_json::json!({name: value}));
            assert_eq!(read(&fields), Some(41), "{model}");
            assert!(is_all(&fields), "{model}");
        }
        assert_eq!(field("meta.llama3-2-1b-instruct-v1:0", 41), None);
        let more = serde_json::json!({"top_k": 41, "more": 1});
        assert!(!is_all(&more.into()));
    }
}
