//! Writes requests.
//!
//! What came in this protocol leaves as it came. What came in another one, or was made here, is written in the plainest
//! form. What this protocol has no form for is left out and noted as an adaptation; a picture, document or sound it cannot
//! carry fails the call instead, for the answer would be to another question.

use bytes::BytesMut;
use outlast_types::{
    ChatRequest, Content, ContentPart, Error, Message, Mode, RawJson, Role, ToolSpec,
};

use super::bound::BOUND;
use super::item_out::ItemWriter;
use super::marks::{INPUT, INSTRUCTIONS, is_instructions, own_fields};
use super::origin::Origin;
use super::{PROTOCOL, reasoning, settings, shared, text, tools};
use crate::json::{Object, ObjectWriter, write_object, write_object_with};
use crate::notes::{Notes, refuse_foreign, unsupported};
use crate::openai::spelling::Spelling;
use crate::post::json_request;
use crate::settings::Setting;
use crate::{EncodeOptions, Encoded};

const PATH: &str = "/responses";

const JSON: &str = "application/json";

/// "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16".
const MIN_OUTPUT_TOKENS: u64 = 16;

/// Fields that are written from the vocabulary, in the caller's spelling where there is one.
const WRITTEN: [&str; 12] = [
    INPUT,
    INSTRUCTIONS,
    "max_output_tokens",
    "model",
    "parallel_tool_calls",
    "reasoning",
    "stream",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
];

/// Fields of a request that bear on its input tokens; others are refused where tokens are counted.
///
/// <https://platform.openai.com/docs/api-reference/responses/input-tokens>
const COUNTED: [&str; 11] = [
    "conversation",
    INPUT,
    INSTRUCTIONS,
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "text",
    "tool_choice",
    "tools",
    "truncation",
];

/// Writes `request` to have its tokens counted: what bears on them, and nothing else.
pub(super) fn encode_count(
    request: &ChatRequest,
    options: &EncodeOptions<'_>,
) -> Result<Encoded, Error> {
    let encoded = encode(request, options)?;
    let mut fields = Object::read(encoded.request.body())?;
    let mut body = BytesMut::with_capacity(encoded.request.body().len());
    write_object(&mut body, |object| {
        for name in COUNTED {
            object.optional(name, fields.take_raw(name));
        }
    });
    Ok(Encoded {
        request: json_request("/responses/input_tokens", JSON, body.freeze()),
        adaptations: encoded.adaptations,
    })
}

/// Writes `request`.
pub(super) fn encode(request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
    if request.n.is_some_and(|n| n > 1) {
        return Err(unsupported("OpenAI's Responses gives one answer at a time"));
    }
    refuse_foreign(request, &PROTOCOL)?;
    let mut notes = Notes::default();
    let request = &*BOUND.free(request, &mut notes)?;
    let mut body = BytesMut::with_capacity(1024);
    let sections = options.sections(&request.provider_options);
    write_object_with(&mut body, &sections, |object| {
        let mut body = BodyWriter {
            request,
            options,
            origin: Origin::of(request),
            spelling: own_fields(request.extra.as_ref()),
            notes: &mut notes,
        };
        body.write(object)
    })?;
    let accept = match options.mode {
        Mode::Unary => JSON,
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
    origin: Origin,
    spelling: Spelling<'a>,
    notes: &'a mut Notes,
}

impl BodyWriter<'_> {
    fn write(&mut self, object: &mut ObjectWriter<'_>) -> Result<(), Error> {
        let (request, spelling) = (self.request, self.spelling);
        if self.options.model.is_empty() {
            self.spell(object, "model");
        } else {
            object.field("model", self.options.model);
        }
        self.conversation(object)?;
        self.tools(object);
        text::write(
            request.response_format.as_ref(),
            spelling,
            object,
            self.notes,
        );
        match &request.reasoning {
            Some(config) => reasoning::write(config, self.origin, object, self.notes),
            None => self.spell_if(object, "reasoning", |raw| raw == "null"),
        }
        let max_tokens = self.max_output_tokens();
        spelling.write(object, "max_output_tokens", max_tokens.as_ref());
        spelling.write(object, "temperature", request.temperature.as_ref());
        spelling.write(object, "top_p", request.top_p.as_ref());
        match self.options.mode {
            Mode::Unary => {
                self.spell_if(object, "stream", |raw| matches!(raw, "null" | "false"));
            }
            Mode::Stream => {
                object.field("stream", &true);
            }
        }
        if self.origin.is_own() {
            settings::write_own(request, spelling, object);
        } else {
            settings::write_foreign(request, object, self.notes);
        }
        let written = [WRITTEN.as_slice(), &settings::FIELDS].concat();
        spelling.write_rest(object, &written);
        shared::write(request.extra.as_ref(), object);
        self.note_what_is_left_out();
        Ok(())
    }

    /// Writes `instructions` and `input`.
    fn conversation(&mut self, object: &mut ObjectWriter<'_>) -> Result<(), Error> {
        let messages = self.request.messages.as_slice();
        let split = messages
            .iter()
            .take_while(|message| self.is_instructions(message))
            .count();
        let (instructions, turns) = messages.split_at_checked(split).unwrap_or_default();
        if instructions.is_empty() {
            self.spell_if(object, INSTRUCTIONS, |raw| raw == "null");
        } else {
            let texts: Vec<String> = instructions.iter().map(Message::text).collect();
            object.field(INSTRUCTIONS, &texts.join("\n\n"));
        }
        self.input(turns, object)
    }

    /// Tells whether a message at the beginning goes into `instructions`: of a request in this protocol what stood
    /// there, of any other what the application says before all else.
    fn is_instructions(&self, message: &Message) -> bool {
        if self.origin.is_own() {
            return is_instructions(message);
        }
        let is_text = match &message.content {
            Content::Text(_) => true,
            Content::Parts(parts) => parts
                .iter()
                .all(|part| matches!(part, ContentPart::Text(_))),
        };
        is_text && matches!(message.role, Role::System | Role::Developer)
    }

    fn input(&mut self, turns: &[Message], object: &mut ObjectWriter<'_>) -> Result<(), Error> {
        let spelled = self.spelling.get(INPUT).map(RawJson::get);
        match (turns, spelled) {
            (
                [
                    Message {
                        role: Role::User,
                        content: Content::Text(text),
                        extra: None,
                        ..
                    },
                ],
                Some("\"\""),
            ) => {
                object.field(INPUT, text);
                Ok(())
            }
            ([], _) if self.origin.is_own() => {
                self.spell_if(object, INPUT, |raw| raw != "\"\"");
                Ok(())
            }
            _ => object.array(INPUT, |array| {
                let mut writer = ItemWriter::new(self.origin, self.notes);
                turns
                    .iter()
                    .try_for_each(|message| writer.write(message, array))
            }),
        }
    }

    fn tools(&mut self, object: &mut ObjectWriter<'_>) {
        let request = self.request;
        let tools: Vec<&ToolSpec> = request
            .tools
            .iter()
            .filter(|tool| tools::has_form(tool, self.notes))
            .collect();
        if !tools.is_empty() {
            object.array("tools", |array| {
                for tool in &tools {
                    tools::write(tool, self.origin, array, self.notes);
                }
            });
        } else if self.origin.is_own() {
            self.spell_if(object, "tools", |raw| matches!(raw, "null" | "[]"));
        } else {
            // "Tool choice 'required' must be specified with 'tools' parameter."
            return;
        }
        match &request.tool_choice {
            Some(choice) => tools::write_choice(choice, self.origin, object, self.notes),
            None => self.spell_if(object, "tool_choice", |raw| raw == "null"),
        }
        self.spelling.write(
            object,
            "parallel_tool_calls",
            request.parallel_tool_calls.as_ref(),
        );
    }

    fn max_output_tokens(&mut self) -> Option<u64> {
        let tokens = self.request.max_output_tokens?;
        if self.origin.is_own() || tokens >= MIN_OUTPUT_TOKENS {
            return Some(tokens);
        }
        self.notes.change(format!(
            "max_output_tokens is raised to {MIN_OUTPUT_TOKENS}: the format takes no less"
        ));
        Some(MIN_OUTPUT_TOKENS)
    }

    fn note_what_is_left_out(&mut self) {
        if self.request.seed.is_some() {
            self.notes.loss("seed is left out: the format has none");
        }
        if !self.request.stop.is_empty() {
            self.notes
                .loss("stop sequences are left out: the format has none");
        }
        self.notes
            .leave_out_settings(self.request, &[Setting::TopK, Setting::Penalties]);
        for message in &self.request.messages {
            if matches!(message.role, Role::System | Role::Developer) {
                self.notes.leave_out_of(&message.content, &PROTOCOL);
            }
        }
        let rest = shared::without_shared(self.request.extra.as_ref());
        self.notes.leave_out(rest.as_deref(), &PROTOCOL);
    }

    /// Writes a field as the caller did, if the caller did.
    fn spell(&self, object: &mut ObjectWriter<'_>, name: &str) {
        object.optional(name, self.spelling.get(name));
    }

    fn spell_if(&self, object: &mut ObjectWriter<'_>, name: &str, says: impl Fn(&str) -> bool) {
        object.optional(name, self.spelling.get(name).filter(|raw| says(raw.get())));
    }
}
