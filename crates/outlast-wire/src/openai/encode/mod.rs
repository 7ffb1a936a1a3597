//! Writes requests.
//!
//! What came in this protocol leaves as it came, unless the [`Dialect`] says otherwise. What came in another one, or was
//! built by hand, is written in the plainest form. What this protocol has no form for is left out and noted as an
//! adaptation; a picture, document or sound it cannot carry fails the call instead, for the answer would be to another
//! question.

mod call;
mod call_ids;
mod message;
mod part;
mod reasoning;
mod tool;

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Uri};
use outlast_types::{ChatRequest, Error, Extra, Mode, RawJson, ResponseFormat, ToolSpec};

pub(in crate::openai) use self::call::write as write_call;
use self::message::MessageWriter;
use super::dialect::{MaxTokensField, SeedField, StreamUsage};
use super::spelling::Spelling;
use super::{Dialect, PROTOCOL, settings};
use crate::json::{ObjectWriter, write_object_with};
use crate::notes::{Notes, foreign_format, refuse_foreign};
use crate::{EncodeOptions, Encoded};

const PATH: &str = "/chat/completions";

/// Fields that are written from the vocabulary, in the caller's spelling where there is one.
const WRITTEN: [&str; 15] = [
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "model",
    "n",
    "parallel_tool_calls",
    "response_format",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
];

/// Writes `request` in `dialect`.
pub(super) fn encode(
    request: &ChatRequest,
    options: &EncodeOptions<'_>,
    dialect: Dialect,
) -> Result<Encoded, Error> {
    refuse_foreign(request, &PROTOCOL)?;
    let mut notes = Notes::default();
    let mut body = BytesMut::with_capacity(1024);
    let sections = options.sections(&request.provider_options);
    write_object_with(&mut body, &sections, |object| {
        let mut body = BodyWriter {
            request,
            options,
            dialect,
            spelling: own_fields(request.extra.as_ref()),
            notes: &mut notes,
        };
        body.write(object)
    })?;
    Ok(Encoded {
        request: http_request(body.freeze(), options.mode),
        adaptations: notes.into_adaptations(),
    })
}

fn http_request(body: Bytes, mode: Mode) -> http::Request<Bytes> {
    let mut request = post(PATH, body);
    if mode == Mode::Stream {
        let accept = HeaderValue::from_static("text/event-stream");
        request.headers_mut().insert(ACCEPT, accept);
    }
    request
}

/// Makes a request with a JSON body that is answered with one.
pub(super) fn post(path: &'static str, body: Bytes) -> http::Request<Bytes> {
    let json = HeaderValue::from_static("application/json");
    let mut request = http::Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static(path);
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, json.clone());
    headers.insert(ACCEPT, json);
    request
}

/// Writes a request for what stands at `path`.
pub(super) fn get(path: PathAndQuery) -> Encoded {
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = Uri::from(path);
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert(ACCEPT, json);
    Encoded {
        request,
        adaptations: Vec::new(),
    }
}

/// Returns the fields of this protocol in `extra`.
pub(super) fn own_fields(extra: Option<&Extra>) -> Spelling<'_> {
    Spelling(extra.and_then(|extra| extra.fields_for(&PROTOCOL)))
}

struct BodyWriter<'a> {
    request: &'a ChatRequest,
    options: &'a EncodeOptions<'a>,
    dialect: Dialect,
    spelling: Spelling<'a>,
    notes: &'a mut Notes,
}

impl<'a> BodyWriter<'a> {
    fn write(&mut self, object: &mut ObjectWriter<'_>) -> Result<(), Error> {
        let (request, spelling) = (self.request, self.spelling);
        if self.options.model.is_empty() {
            self.spell(object, "model");
        } else {
            object.field("model", self.options.model);
        }
        self.messages(object)?;
        self.tools(object);
        self.response_format(object)?;
        self.max_tokens(object);
        spelling.write(object, "temperature", request.temperature.as_ref());
        spelling.write(object, "top_p", request.top_p.as_ref());
        match self.dialect.seed {
            SeedField::Seed => spelling.write(object, "seed", request.seed.as_ref()),
            SeedField::RandomSeed => {
                object.optional("random_seed", request.seed.as_ref());
            }
        }
        spelling.write(object, "n", request.n.as_ref());
        self.stop(object);
        if spelling.0.is_some() {
            settings::write_own(request, spelling, object);
        } else {
            settings::write_foreign(request, self.dialect, object, self.notes);
        }
        let mut written = WRITTEN.to_vec();
        written.extend(settings::FIELDS);
        if request.seed.is_some() && self.dialect.seed == SeedField::RandomSeed {
            written.push("random_seed");
        }
        if let Some(config) = &request.reasoning {
            let control = self.dialect.reasoning_control;
            reasoning::write(config, control, object, self.notes);
            written.extend(reasoning::FIELDS);
        }
        self.stream(object);
        spelling.write_rest(object, &written);
        self.notes.leave_out(request.extra.as_ref(), &PROTOCOL);
        Ok(())
    }

    fn messages(&mut self, object: &mut ObjectWriter<'_>) -> Result<(), Error> {
        let schema = self.schema_as_instruction();
        object.array("messages", |array| {
            if let Some(schema) = schema {
                self.notes
                    .change("the answer's JSON schema is given as an instruction");
                array.object(|object| {
                    object.field("role", "system").field(
                        "content",
                        &format!(
                            "Answer with nothing but JSON that follows this schema:\n{}",
                            schema.get()
                        ),
                    );
                });
            }
            let own = self.spelling.0.is_some();
            let mut writer = MessageWriter {
                own,
                dialect: self.dialect,
                ids: call_ids::ids(self.dialect.call_ids, own),
                notes: self.notes,
            };
            self.request
                .messages
                .iter()
                .try_for_each(|message| writer.write(message, array))
        })
    }

    /// Returns the schema of the answer if the account takes none.
    fn schema_as_instruction(&self) -> Option<&'a RawJson> {
        match &self.request.response_format {
            Some(ResponseFormat::JsonSchema { schema, .. }) if !self.dialect.json_schema => {
                Some(schema)
            }
            _ => None,
        }
    }

    fn tools(&mut self, object: &mut ObjectWriter<'_>) {
        let (request, own) = (self.request, self.spelling.0.is_some());
        let tools: Vec<&ToolSpec> = request
            .tools
            .iter()
            .filter(|tool| tool::has_form(tool, self.notes))
            .collect();
        if !tools.is_empty() {
            object.array("tools", |array| {
                for tool in &tools {
                    tool::write(tool, array, self.notes);
                }
            });
        } else if own {
            self.spell_if(object, "tools", |raw| matches!(raw, "null" | "[]"));
        } else {
            // "tool_choice is only allowed when tools are specified", and so is the other field.
            return;
        }
        match &request.tool_choice {
            Some(choice) => tool::write_choice(choice, own, object, self.notes),
            None => self.spell_if(object, "tool_choice", |raw| raw == "null"),
        }
        self.spelling.write(
            object,
            "parallel_tool_calls",
            request.parallel_tool_calls.as_ref(),
        );
    }

    fn response_format(&mut self, object: &mut ObjectWriter<'_>) -> Result<(), Error> {
        let kind = match &self.request.response_format {
            None => {
                self.spell_if(object, "response_format", |raw| raw == "null");
                return Ok(());
            }
            Some(ResponseFormat::Text) => "text",
            Some(ResponseFormat::JsonObject) => "json_object",
            Some(ResponseFormat::JsonSchema { .. }) if !self.dialect.json_schema => "json_object",
            Some(ResponseFormat::JsonSchema {
                name,
                schema,
                description,
                strict,
            }) => {
                object.object("response_format", |format| {
                    format.field("type", "json_schema");
                    format.object("json_schema", |spec| {
                        spec.field("name", name)
                            .optional("description", description.as_ref())
                            .field("schema", schema)
                            .optional("strict", strict.as_ref());
                    });
                });
                return Ok(());
            }
            Some(ResponseFormat::Opaque(opaque)) if opaque.origin == PROTOCOL => {
                object.field("response_format", &opaque.raw);
                return Ok(());
            }
            Some(_) => return Err(foreign_format()),
        };
        object.object("response_format", |format| {
            format.field("type", kind);
        });
        Ok(())
    }

    fn max_tokens(&mut self, object: &mut ObjectWriter<'_>) {
        const NEW: &str = "max_completion_tokens";
        const OLD: &str = "max_tokens";

        let value = self.request.max_output_tokens;
        let read = |name| self.spelling.get(name)?.read::<Option<u64>>().ok()?;
        let (new, old) = (read(NEW), read(OLD));
        let name = match self.dialect.max_tokens {
            MaxTokensField::MaxTokens => OLD,
            MaxTokensField::MaxCompletionTokens => NEW,
            MaxTokensField::AsWritten if new.or(old) == value => {
                self.spell(object, NEW);
                return self.spell(object, OLD);
            }
            MaxTokensField::AsWritten if new.is_some() => NEW,
            MaxTokensField::AsWritten => OLD,
        };
        object.optional(name, value.as_ref());
    }

    fn stop(&mut self, object: &mut ObjectWriter<'_>) {
        let stop = &self.request.stop;
        let spelled = self
            .spelling
            .get("stop")
            .filter(|raw| match stop.as_slice() {
                [] => matches!(raw.get(), "null" | "[]"),
                [one] => raw.read::<String>().is_ok_and(|text| text == *one),
                _ => false,
            });
        match spelled {
            Some(raw) => object.field("stop", raw),
            None if stop.is_empty() => object,
            None => object.field("stop", stop),
        };
    }

    fn stream(&mut self, object: &mut ObjectWriter<'_>) {
        if self.options.mode == Mode::Unary {
            return self.spell_if(object, "stream", |raw| matches!(raw, "null" | "false"));
        }
        object.field("stream", &true);
        let asked = self.spelling.get("stream_options");
        match (self.dialect.stream_usage, asked) {
            (StreamUsage::Never, _) | (StreamUsage::AsWritten, None) => {}
            (StreamUsage::AsWritten, Some(raw)) => {
                object.field("stream_options", raw);
            }
            (StreamUsage::Always, asked) => {
                let fields: BTreeMap<String, RawJson> =
                    asked.and_then(|raw| raw.read().ok()).unwrap_or_default();
                object.object("stream_options", |options| {
                    options.field("include_usage", &true);
                    Spelling(Some(&fields)).write_rest(options, &["include_usage"]);
                });
            }
        }
    }

    /// Writes a field as the caller did, if the caller did.
    fn spell(&self, object: &mut ObjectWriter<'_>, name: &str) {
        object.optional(name, self.spelling.get(name));
    }

    fn spell_if(&self, object: &mut ObjectWriter<'_>, name: &str, says: impl Fn(&str) -> bool) {
        object.optional(name, self.spelling.get(name).filter(|raw| says(raw.get())));
    }
}
