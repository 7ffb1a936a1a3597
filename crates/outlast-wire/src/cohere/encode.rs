//! Writes requests.
//!
//! What came in this format leaves as it came. What came in another one is written in the plainest form; what this
//! format has no form for is left out and noted as an adaptation, or fails the call where the answer would be to another
//! question.

use bytes::BytesMut;
use outlast_types::{
    ChatRequest, Error, Mode, ReasoningConfig, ResponseFormat, ToolChoice, ToolSpec,
};

use super::PROTOCOL;
use super::request::thinking;
use super::write::MessageWriter;
use crate::json::{ObjectWriter, write_object_with};
use crate::notes::{Notes, refuse_foreign, unsupported};
use crate::openai::spelling::Spelling;
use crate::post::json_request;
use crate::settings::{Setting, wants_logprobs};
use crate::{EncodeOptions, Encoded, function_tool};

const PATH: &str = "/v2/chat";

/// Fields that are written from the vocabulary, in the caller's spelling where there is one.
const WRITTEN: [&str; 15] = [
    "frequency_penalty",
    "k",
    "logprobs",
    "max_tokens",
    "messages",
    "model",
    "p",
    "presence_penalty",
    "response_format",
    "seed",
    "stop_sequences",
    "stream",
    "temperature",
    "tool_choice",
    "tools",
];

/// Settings that the format has no form for.
const LACKING: [Setting; 3] = [Setting::User, Setting::Metadata, Setting::ServiceTier];

/// Writes `request`.
pub(super) fn encode(request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
    if request.n.is_some_and(|n| n > 1) {
        return Err(unsupported("Cohere gives one answer at a time"));
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
        Mode::Stream => "text/event-stream",
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
        object.array("messages", |array| {
            let mut writer = MessageWriter::new(spelling.0.is_some(), self.notes);
            request
                .messages
                .iter()
                .try_for_each(|message| writer.write(message, array))
        })?;
        self.tools(object);
        self.response_format(object);
        spelling.write(object, "max_tokens", request.max_output_tokens.as_ref());
        spelling.write(object, "temperature", request.temperature.as_ref());
        spelling.write(object, "p", request.top_p.as_ref());
        self.settings(object);
        spelling.write(object, "seed", request.seed.as_ref());
        if request.stop.is_empty() {
            object.optional("stop_sequences", spelling.get("stop_sequences"));
        } else {
            object.field("stop_sequences", &request.stop);
        }
        if let Some(config) = &request.reasoning {
            self.thinking(config, object);
        }
        match self.options.mode {
            Mode::Stream => object.field("stream", &true),
            Mode::Unary => object.optional("stream", spelling.get("stream")),
        };
        spelling.write_rest(object, &WRITTEN);
        self.note_what_is_missing();
        Ok(())
    }

    fn settings(&mut self, object: &mut ObjectWriter<'_>) {
        let (request, spelling) = (self.request, self.spelling);
        spelling.write_readable(object, "k", request.top_k.as_ref());
        spelling.write_readable(
            object,
            "frequency_penalty",
            request.frequency_penalty.as_ref(),
        );
        spelling.write_readable(
            object,
            "presence_penalty",
            request.presence_penalty.as_ref(),
        );
        let logprobs = request.logprobs.or(wants_logprobs(request).then_some(true));
        spelling.write_readable(object, "logprobs", logprobs.as_ref());
        self.notes.leave_out_settings(request, &LACKING);
    }

    fn tools(&mut self, object: &mut ObjectWriter<'_>) {
        let (request, spelling) = (self.request, self.spelling);
        let chosen = match &request.tool_choice {
            Some(ToolChoice::Tool(name)) => Some(name.as_str()),
            _ => None,
        };
        let tools: Vec<&ToolSpec> = request
            .tools
            .iter()
            .filter(|tool| function_tool::has_form(tool, &PROTOCOL, self.notes))
            .filter(|tool| chosen.is_none_or(|name| tool.name == name))
            .collect();
        if tools.is_empty() {
            object.optional("tools", spelling.get("tools"));
        } else {
            object.array("tools", |array| {
                for tool in &tools {
                    function_tool::write(tool, array, &PROTOCOL);
                }
            });
        }
        match &request.tool_choice {
            None => {
                object.optional("tool_choice", spelling.get("tool_choice"));
            }
            Some(ToolChoice::Opaque(raw)) if spelling.0.is_some() => {
                object.field("tool_choice", raw);
            }
            Some(ToolChoice::Required) => {
                object.field("tool_choice", "REQUIRED");
            }
            Some(ToolChoice::Tool(_)) => {
                self.notes
                    .change("the tool that must be called is the only one offered");
                object.field("tool_choice", "REQUIRED");
            }
            Some(ToolChoice::None) => {
                object.field("tool_choice", "NONE");
            }
            Some(ToolChoice::Auto) => {}
            Some(_) => self
                .notes
                .loss("a tool choice of another protocol is left out"),
        }
    }

    fn response_format(&mut self, object: &mut ObjectWriter<'_>) {
        let Some(format) = &self.request.response_format else {
            object.optional("response_format", self.spelling.get("response_format"));
            return;
        };
        let (kind, schema) = match format {
            ResponseFormat::Text => ("text", None),
            ResponseFormat::JsonObject => ("json_object", None),
            ResponseFormat::JsonSchema { schema, .. } => ("json_object", Some(schema)),
            ResponseFormat::Opaque(opaque) if opaque.origin == PROTOCOL => {
                object.field("response_format", &opaque.raw);
                return;
            }
            _ => {
                self.notes
                    .loss("a response format of another protocol is left out");
                return;
            }
        };
        object.object("response_format", |fields| {
            fields.field("type", kind).optional("json_schema", schema);
        });
    }

    fn thinking(&mut self, config: &ReasoningConfig, object: &mut ObjectWriter<'_>) {
        let spelled = config
            .extra
            .as_ref()
            .and_then(|extra| extra.fields_for(&PROTOCOL))
            .and_then(|fields| fields.get("thinking"))
            .filter(|raw| {
                thinking(raw.as_raw_value()).is_some_and(|spelled| {
                    (spelled.enabled, spelled.budget_tokens)
                        == (config.enabled, config.budget_tokens)
                })
            });
        if let Some(raw) = spelled {
            object.field("thinking", raw);
            return;
        }
        if config.effort.is_some() && config.budget_tokens.is_none() {
            self.notes
                .change("how much to think is told as on or off, without a degree");
        }
        let kind = if config.enabled == Some(false) {
            "disabled"
        } else {
            "enabled"
        };
        object.object("thinking", |fields| {
            fields
                .field("type", kind)
                .optional("token_budget", config.budget_tokens.as_ref());
        });
    }

    fn note_what_is_missing(&mut self) {
        if self.request.parallel_tool_calls == Some(false) {
            self.notes
                .loss("that tools are to be called one by one is left out");
        }
        self.notes.leave_out(self.request.extra.as_ref(), &PROTOCOL);
    }
}
