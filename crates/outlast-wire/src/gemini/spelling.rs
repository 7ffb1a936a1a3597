//! The two spellings of a field's name, and how a caller wrote what the vocabulary has one form for.
//!
//! Google's JSON takes `inlineData` and `inline_data` alike. A request that came in this protocol should leave as it
//! came, so what the vocabulary does not tell is remembered beside it, in the context of the call. If the memory is
//! lost, or a layer changed what it is about, the request is written in the plainest form and says the same.

use std::borrow::Cow;
use std::collections::BTreeSet;

use outlast_types::{
    CallContext, ChatBody, Message, RawJson, ReasoningConfig, ResponseFormat, ToolChoice, ToolSpec,
};
use serde_json::value::RawValue;

use crate::json::Object;

/// Which names a request spells in snake case, by their usual spelling.
#[derive(Clone, Debug, Default)]
pub(super) struct Spelling(BTreeSet<&'static str>);

impl Spelling {
    /// Returns the name as the request spells it.
    pub(super) fn name(&self, camel: &'static str) -> Cow<'static, str> {
        if self.0.contains(camel) {
            Cow::Owned(snake(camel).collect())
        } else {
            Cow::Borrowed(camel)
        }
    }

    /// Tells whether `name` is `camel` in either spelling, and remembers which.
    pub(super) fn is(&mut self, name: &str, camel: &'static str) -> bool {
        if name == camel {
            return true;
        }
        let is_snake = name.chars().eq(snake(camel));
        if is_snake {
            self.0.insert(camel);
        }
        is_snake
    }

    /// Removes a field in either spelling; one that is `null` stays where it is.
    pub(super) fn take<'a>(
        &mut self,
        object: &mut Object<'a>,
        camel: &'static str,
    ) -> Option<&'a RawValue> {
        let is_filled = |raw: &&RawValue| raw.get() != "null";
        if object.get(camel).is_some_and(|raw| is_filled(&raw)) {
            return object.take_raw(camel);
        }
        let name: String = snake(camel).collect();
        if name != camel && object.get(&name).is_some_and(|raw| is_filled(&raw)) {
            self.0.insert(camel);
            return object.take_raw(&name);
        }
        None
    }
}

/// Returns the letters of `inline_data` for `inlineData`.
pub(super) fn snake(camel: &str) -> impl Iterator<Item = char> {
    camel.chars().flat_map(|c| {
        let underscore = c.is_ascii_uppercase().then_some('_');
        underscore.into_iter().chain([c.to_ascii_lowercase()])
    })
}

/// A value of the vocabulary and the text it was read from.
#[derive(Clone, Debug)]
pub(super) struct Written<T> {
    pub(super) value: T,
    pub(super) text: RawJson,
}

impl<T: PartialEq> Written<T> {
    /// Returns the text if it still says `value`.
    pub(super) fn text_of(&self, value: &T) -> Option<&RawJson> {
        (self.value == *value).then_some(&self.text)
    }
}

/// How a caller wrote a request.
#[derive(Clone, Debug, Default)]
pub(super) struct AsWritten {
    pub(super) spelling: Spelling,
    pub(super) system: Option<Written<Message>>,
    pub(super) tools: Option<Written<Vec<ToolSpec>>>,
    pub(super) tool_config: Option<Written<Option<ToolChoice>>>,
    pub(super) generation: Option<Written<Generation>>,
}

impl AsWritten {
    /// Returns the memory of a request that came in this protocol.
    pub(super) fn of(context: &CallContext) -> Option<&Self> {
        context.extensions.get()
    }
}

/// What of a request stands in `generationConfig`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Generation {
    max_output_tokens: Option<u64>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u64>,
    penalties: [Option<f64>; 2],
    logprobs: (Option<bool>, Option<u32>),
    stop: Vec<String>,
    seed: Option<i64>,
    n: Option<u32>,
    format: Option<ResponseFormat>,
    reasoning: Option<ReasoningConfig>,
}

impl Generation {
    pub(super) fn of(body: &ChatBody) -> Self {
        Self {
            max_output_tokens: body.max_output_tokens,
            temperature: body.temperature,
            top_p: body.top_p,
            top_k: body.top_k,
            penalties: [body.frequency_penalty, body.presence_penalty],
            logprobs: (body.logprobs, body.top_logprobs),
            stop: body.stop.clone(),
            seed: body.seed,
            n: body.n,
            format: body.response_format.clone(),
            reasoning: body.reasoning.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_in_both_spellings_and_written_in_the_one_that_came() {
        let mut spelling = Spelling::default();
        assert!(spelling.is("inlineData", "inlineData"));
        assert_eq!(spelling.name("inlineData"), "inlineData");
        assert!(spelling.is("inline_data", "inlineData"));
        assert_eq!(spelling.name("inlineData"), "inline_data");
        assert!(!spelling.is("inline_Data", "inlineData"));
        assert_eq!(
            snake("parametersJsonSchema").collect::<String>(),
            "parameters_json_schema"
        );
    }
}
