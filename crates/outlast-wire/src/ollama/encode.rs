//! Writes requests.
//!
//! What came in this format leaves as it came. What came in another one is written in the plainest form; what this
//! format has no form for is left out and noted as an adaptation, or fails the call where the answer would be to another
//! question.

use std::collections::BTreeMap;

use bytes::BytesMut;
use outlast_types::{
    ChatRequest, Error, Mode, RawJson, ReasoningConfig, ReasoningEffort, ResponseFormat,
    ToolChoice, ToolSpec,
};
use serde_json::Value;

use super::PROTOCOL;
use super::request::{Options, read_format, read_options, read_think};
use super::write::MessageWriter;
use crate::json::{ObjectWriter, write_object_with};
use crate::notes::{Notes, refuse_foreign, unsupported};
use crate::openai::spelling::Spelling;
use crate::post::json_request;
use crate::settings::Setting;
use crate::{EncodeOptions, Encoded, function_tool};

const PATH: &str = "/api/chat";

/// Fields that are written from the vocabulary, in the caller's spelling where there is one.
const WRITTEN: [&str; 9] = [
    "format",
    "logprobs",
    "messages",
    "model",
    "options",
    "stream",
    "think",
    "tools",
    "top_logprobs",
];

/// The options that the vocabulary has a name for.
const OPTIONS: [&str; 8] = [
    "frequency_penalty",
    "num_predict",
    "presence_penalty",
    "seed",
    "stop",
    "temperature",
    "top_k",
    "top_p",
];

/// Settings that the format has no form for.
const LACKING: [Setting; 3] = [Setting::User, Setting::Metadata, Setting::ServiceTier];

/// Writes `request`.
pub(super) fn encode(request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
    if request.n.is_some_and(|n| n > 1) {
        return Err(unsupported("Ollama gives one answer at a time"));
    }
    refuse_foreign(request, &PROTOCOL)?;
    let mut notes = Notes::default();
    notes.leave_out_names(&request.messages);
    notes.leave_out_all(request, &PROTOCOL);
    let mut body = BytesMut::with_capacity(1024);
    let sections = options.sections(&request.provider_options);
    write_object_with(&mut body, &sections, |object| {
        let fields = request.extra.as_ref();
        BodyWriter {
            request,
            options,
            spelling: Spelling(fields.and_then(|extra| extra.fields_for(&PROTOCOL))),
            notes: &mut notes,
        }
        .write(object)
    })?;
    let accept = match options.mode {
        Mode::Unary => "application/json",
        Mode::Stream => "application/x-ndjson",
    };
    Ok(Encoded {
        request: json_request(PATH, accept, body.freeze()),
        adaptations: notes.into_adaptations(),
    })
}

struct BodyWriter<'a> {
    request: &'a ChatRequest,
    options: &'a EncodeOptions<'a>,
    spelling: Spelling<'a>,
    notes: &'a mut Notes,
}

impl BodyWriter<'_> {
    fn write(&mut self, object: &mut ObjectWriter<'_>) -> Result<(), Error> {
        let (request, spelling) = (self.request, self.spelling);
        if self.options.model.is_empty() {
            object.optional("model", spelling.get("model"));
        } else {
            object.field("model", self.options.model);
        }
        if request.messages.is_empty() {
            object.optional("messages", spelling.get("messages"));
        } else {
            object.array("messages", |array| {
                let mut writer = MessageWriter::new(spelling.0.is_some(), self.notes);
                request
                    .messages
                    .iter()
                    .try_for_each(|message| writer.write(message, array))
            })?;
        }
        self.tools(object)?;
        self.format(object);
        self.think(object);
        self.sampling(object);
        spelling.write_readable(object, "logprobs", request.logprobs.as_ref());
        spelling.write_readable(object, "top_logprobs", request.top_logprobs.as_ref());
        self.stream(object);
        spelling.write_rest(object, &WRITTEN);
        self.note_what_is_missing();
        Ok(())
    }

    fn tools(&mut self, object: &mut ObjectWriter<'_>) -> Result<(), Error> {
        match &self.request.tool_choice {
            None | Some(ToolChoice::Auto) => {}
            // Tools that are not offered are not called.
            Some(ToolChoice::None) => return Ok(()),
            Some(ToolChoice::Required | ToolChoice::Tool(_)) => {
                return Err(unsupported("Ollama cannot be made to call a tool"));
            }
            Some(_) => self
                .notes
                .loss("a tool choice of another protocol is left out"),
        }
        let tools: Vec<&ToolSpec> = self
            .request
            .tools
            .iter()
            .filter(|tool| function_tool::has_form(tool, &PROTOCOL, self.notes))
            .collect();
        if tools.is_empty() {
            object.optional("tools", self.spelling.get("tools"));
            return Ok(());
        }
        object.array("tools", |array| {
            for tool in &tools {
                function_tool::write(tool, array, &PROTOCOL);
            }
        });
        Ok(())
    }

    fn format(&mut self, object: &mut ObjectWriter<'_>) {
        const NAME: &str = "format";

        let wanted = self.request.response_format.as_ref();
        let spelled = self.spelling.get(NAME).filter(|raw| {
            let spelled = read_format(raw.as_raw_value());
            spelled.as_ref() == wanted
        });
        match (spelled, wanted) {
            (Some(raw), _) => {
                object.field(NAME, raw);
            }
            (None, Some(ResponseFormat::JsonObject)) => {
                object.field(NAME, "json");
            }
            (None, Some(ResponseFormat::JsonSchema { schema, .. })) => {
                object.field(NAME, schema);
            }
            (None, None | Some(ResponseFormat::Text)) => {}
            (None, Some(_)) => self
                .notes
                .loss("a response format of another protocol is left out"),
        }
    }

    fn think(&mut self, object: &mut ObjectWriter<'_>) {
        const NAME: &str = "think";

        let wanted = self.request.reasoning.as_ref();
        let spelled = self.spelling.get(NAME).filter(|raw| {
            let spelled = read_think(raw.as_raw_value());
            spelled.as_ref() == wanted
        });
        match (spelled, wanted) {
            (Some(raw), _) => {
                object.field(NAME, raw);
            }
            (None, Some(config)) => {
                object.field(NAME, &self.degree(config));
            }
            (None, None) => {}
        }
    }

    fn degree(&mut self, config: &ReasoningConfig) -> Value {
        if config.enabled == Some(false) {
            return Value::from(false);
        }
        match &config.effort {
            Some(ReasoningEffort::Minimal | ReasoningEffort::Low) => Value::from("low"),
            Some(ReasoningEffort::Medium) => Value::from("medium"),
            Some(ReasoningEffort::High) => Value::from("high"),
            Some(ReasoningEffort::Other(word)) => Value::from(word.as_str()),
            _ => {
                if config.budget_tokens.is_some() {
                    self.notes
                        .change("how much to think is told as on or off, without a budget");
                }
                Value::from(true)
            }
        }
    }

    /// Writes `options`: the caller's own text if it still says the same, else its other options and the request's.
    fn sampling(&self, object: &mut ObjectWriter<'_>) {
        const NAME: &str = "options";

        let wanted = Options::of(self.request.body());
        let own = self.spelling.get(NAME);
        if let Some(raw) = own.filter(|raw| read_options(raw.as_raw_value()) == wanted) {
            object.field(NAME, raw);
            return;
        }
        let others: BTreeMap<String, RawJson> =
            own.and_then(|raw| raw.read().ok()).unwrap_or_default();
        if others.is_empty() && wanted == Options::default() {
            return;
        }
        object.object(NAME, |options| {
            options
                .optional("temperature", wanted.temperature.as_ref())
                .optional("top_p", wanted.top_p.as_ref())
                .optional("top_k", wanted.top_k.as_ref())
                .optional("frequency_penalty", wanted.frequency_penalty.as_ref())
                .optional("presence_penalty", wanted.presence_penalty.as_ref())
                .optional("num_predict", wanted.num_predict.as_ref())
                .optional("seed", wanted.seed.as_ref());
            if !wanted.stop.is_empty() {
                options.field("stop", &wanted.stop);
            }
            Spelling(Some(&others)).write_rest(options, &OPTIONS);
        });
    }

    fn stream(&self, object: &mut ObjectWriter<'_>) {
        const NAME: &str = "stream";

        match (self.options.mode, self.spelling.get(NAME)) {
            (Mode::Unary, _) => object.field(NAME, &false),
            // The default, which an own request need not say.
            (Mode::Stream, None) if self.spelling.0.is_some() => object,
            (Mode::Stream, Some(raw)) if raw.get() != "false" => object.field(NAME, raw),
            (Mode::Stream, _) => object.field(NAME, &true),
        };
    }

    fn note_what_is_missing(&mut self) {
        if self.request.parallel_tool_calls == Some(false) {
            self.notes
                .loss("that tools are to be called one by one is left out");
        }
        self.notes.leave_out_settings(self.request, &LACKING);
        self.notes.leave_out(self.request.extra.as_ref(), &PROTOCOL);
    }
}
