//! A request's path and body, for a provider.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::CONTENT_TYPE;
use outlast_types::{ChatRequest, Error, Extra, RawJson, ResponseFormat};

use super::blocks::write_block;
use super::conversation::Conversation;
use super::family::{ThinkingField, thinking_field};
use super::model_fields::{self, ModelFields};
use super::origin::Origin;
use super::settings::Settings;
use super::tools::{Circumstances, Toolbox};
use super::{ModelPath, Operation, PROTOCOL};
use crate::anthropic::{Sampling, SamplingPlan};
use crate::json::{ObjectWriter, write_object, write_object_with};
use crate::notes::{Notes, refuse_foreign, unsupported};
use crate::{EncodeOptions, Encoded};

type Fields = BTreeMap<String, RawJson>;

/// Writes `request`.
pub(super) fn encode(request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
    refuse_foreign(request, &PROTOCOL)?;
    let mut notes = Notes::default();
    let body = write_body(request, options, &mut notes)?;
    let operation = Operation::converse(options.mode);
    Ok(Encoded {
        request: http_request(options.model, operation, body)?,
        adaptations: notes.into_adaptations(),
    })
}

/// Writes the request that asks how many tokens `request` has.
pub(super) fn encode_count(
    request: &ChatRequest,
    options: &EncodeOptions<'_>,
) -> Result<Encoded, Error> {
    let mut notes = Notes::default();
    let plan = Plan::new(request, options, &mut notes)?;
    let mut body = BytesMut::with_capacity(1024);
    write_object(&mut body, |body| {
        body.object("input", |input| {
            input.object("converse", |converse| plan.write_counted(converse));
        });
    });
    Ok(Encoded {
        request: http_request(options.model, Operation::CountTokens, body.freeze())?,
        adaptations: notes.into_adaptations(),
    })
}

fn http_request(
    model: &str,
    operation: Operation,
    body: Bytes,
) -> Result<http::Request<Bytes>, Error> {
    http::Request::builder()
        .method(Method::POST)
        .uri(ModelPath::new(model, operation).to_string())
        .header(CONTENT_TYPE, "application/json")
        .body(body)
        .map_err(|_| unsupported("the model's name cannot be part of a path"))
}

/// Writes the body of a request for a model.
fn write_body(
    request: &ChatRequest,
    options: &EncodeOptions<'_>,
    notes: &mut Notes,
) -> Result<Bytes, Error> {
    let plan = Plan::new(request, options, notes)?;
    if request.seed.is_some() {
        notes.loss("seed is left out: the format has none");
    }
    notes.leave_out_all(request, &PROTOCOL);
    let sections = [options.provider, "*"].map(|name| section(request, name));
    let overrides = sections.each_ref().map(Cow::as_ref);
    let mut body = BytesMut::with_capacity(1024);
    write_object_with(&mut body, &overrides, |body| plan.write(body));
    Ok(body.freeze())
}

/// Returns the fields of one section of the request's `provider_options` that stand in place of those of the body. Fields
/// for the model alone are added to others.
fn section<'a>(request: &'a ChatRequest, name: &str) -> Cow<'a, Fields> {
    match request.provider_options.get(name) {
        None => Cow::Owned(Fields::new()),
        Some(fields) if fields.contains_key(model_fields::FIELD) => {
            let mut fields = fields.clone();
            fields.remove(model_fields::FIELD);
            Cow::Owned(fields)
        }
        Some(fields) => Cow::Borrowed(fields),
    }
}

/// All of a request's body, decided and ready to be written.
struct Plan<'a> {
    conversation: Conversation<'a>,
    toolbox: Toolbox<'a>,
    model_fields: ModelFields<'a>,
    max_tokens: Option<u64>,
    sampling: SamplingPlan,
    settings: Settings<'a>,
    stop: Vec<&'a str>,
    /// Fields of this protocol that the vocabulary has no name for.
    extra: Option<&'a Fields>,
}

impl<'a> Plan<'a> {
    fn new(
        request: &'a ChatRequest,
        options: &EncodeOptions<'a>,
        notes: &mut Notes,
    ) -> Result<Self, Error> {
        if request.n.is_some_and(|n| n > 1) {
            return Err(unsupported("Bedrock's Converse gives one answer at a time"));
        }
        let origin = Origin::of(request, options.model);
        let own = origin.is_own();
        let conversation = Conversation::plan(&request.messages, own, notes)?;
        let circumstances = Circumstances {
            origin,
            model: options.model,
            called: conversation.called(),
        };
        let toolbox = Toolbox::plan(request, &circumstances, notes)?;
        let is_forced = toolbox.is_forced();
        let mut model_fields =
            ModelFields::plan(request, options, origin, &conversation, is_forced, notes);
        let sampling = if origin == Origin::SameVendor {
            SamplingPlan::as_written(request)
        } else {
            let sampling = sampling_of(options.model);
            let thinks = model_fields.is_thinking();
            let plan = SamplingPlan::adapted(request, thinks, sampling, notes);
            model_fields.sample(plan.top_k, options.model, notes);
            plan
        };
        Ok(Self {
            conversation,
            toolbox,
            model_fields,
            max_tokens: request.max_output_tokens,
            sampling,
            settings: Settings::plan(request, own, notes),
            stop: stop_sequences(&request.stop, own, notes),
            extra: request.extra.as_ref().and_then(own_fields),
        })
    }

    fn write(&self, body: &mut ObjectWriter<'_>) {
        self.write_system(body);
        self.write_messages(body);
        self.write_inference_config(body);
        self.toolbox.write(body);
        self.write_output_config(body);
        self.model_fields.write(body);
        self.settings.write(body);
        for (name, value) in self.extra.into_iter().flatten() {
            if self.passes_on(name) {
                body.field(name, value);
            }
        }
    }

    /// Writes what has tokens; a request to count them has nothing else.
    fn write_counted(&self, body: &mut ObjectWriter<'_>) {
        self.write_system(body);
        self.write_messages(body);
        self.toolbox.write(body);
        self.model_fields.write(body);
        if let Some(system) = self.extra.and_then(|extra| extra.get("system"))
            && self.conversation.system.is_empty()
        {
            body.field("system", system);
        }
    }

    fn write_system(&self, body: &mut ObjectWriter<'_>) {
        if self.conversation.system.is_empty() {
            return;
        }
        body.array("system", |array| {
            let blocks = self.conversation.system.iter();
            blocks.for_each(|block| write_block(array, block));
        });
    }

    fn write_messages(&self, body: &mut ObjectWriter<'_>) {
        body.array("messages", |messages| {
            for turn in &self.conversation.turns {
                messages.object(|message| {
                    message.field("role", turn.role);
                    message.array("content", |array| {
                        turn.content
                            .iter()
                            .for_each(|block| write_block(array, block));
                    });
                    message.extra(turn.extra, &PROTOCOL);
                });
            }
        });
    }

    fn write_inference_config(&self, body: &mut ObjectWriter<'_>) {
        let rest = self.rest_of("inferenceConfig");
        let sampling = &self.sampling;
        let is_empty = (self.max_tokens, sampling.temperature, sampling.top_p)
            == (None, None, None)
            && self.stop.is_empty();
        if is_empty && rest.is_none() {
            return;
        }
        body.object("inferenceConfig", |config| {
            config
                .optional("maxTokens", self.max_tokens.as_ref())
                .optional("temperature", sampling.temperature.as_ref())
                .optional("topP", sampling.top_p.as_ref());
            if !self.stop.is_empty() {
                config.field("stopSequences", &self.stop);
            }
            config.fields(&rest.unwrap_or_default());
        });
    }

    /// Writes the form of the answer, beside what else the request has in `outputConfig`.
    fn write_output_config(&self, body: &mut ObjectWriter<'_>) {
        let rest = self.rest_of("outputConfig");
        if self.toolbox.format.is_none() && rest.is_none() {
            return;
        }
        let rest = rest.unwrap_or_default();
        body.object("outputConfig", |config| {
            if let Some(format) = self.toolbox.format
                && !rest.contains_key("textFormat")
            {
                write_format(config, format);
            }
            config.fields(&rest);
        });
    }

    /// Returns what is left of a field that was read in part.
    fn rest_of(&self, name: &str) -> Option<Fields> {
        self.extra?.get(name)?.read().ok()
    }

    /// Tells whether an extra field is written as it is.
    fn passes_on(&self, name: &str) -> bool {
        match name {
            "messages" | "inferenceConfig" | "outputConfig" | "toolConfig" => false,
            model_fields::FIELD => false,
            "system" => self.conversation.system.is_empty(),
            name => !self.settings.has(name),
        }
    }
}

fn own_fields(extra: &Extra) -> Option<&Fields> {
    extra.fields_for(&PROTOCOL)
}

fn sampling_of(model: &str) -> Sampling {
    match thinking_field(model) {
        ThinkingField::Anthropic(dialect) => dialect.sampling,
        _ => Sampling::All,
    }
}

/// Writes the field `textFormat`. The schema is a text in it.
fn write_format(config: &mut ObjectWriter<'_>, format: &ResponseFormat) {
    let ResponseFormat::JsonSchema {
        name,
        schema,
        description,
        ..
    } = format
    else {
        return;
    };
    config.object("textFormat", |text| {
        text.field("type", "json_schema");
        text.object("structure", |structure| {
            structure.object("jsonSchema", |json| {
                json.field("schema", schema.get())
                    .field("name", name)
                    .optional("description", description.as_ref());
            });
        });
    });
}

fn stop_sequences<'a>(stop: &'a [String], own: bool, notes: &mut Notes) -> Vec<&'a str> {
    let is_taken = |text: &&str| own || !text.trim().is_empty();
    let taken: Vec<&str> = stop.iter().map(String::as_str).filter(is_taken).collect();
    if taken.len() < stop.len() {
        notes.change("blank stop sequences are left out");
    }
    taken
}
