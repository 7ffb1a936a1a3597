//! A request's body and headers, for a provider.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Uri};
use outlast_types::{ChatRequest, Error, Mode, RawJson};

use super::blocks::write_content;
use super::bound::BOUND;
use super::conversation::Conversation;
use super::origin::Origin;
use super::platform::{Platform, Purpose};
use super::sampling::SamplingPlan;
use super::settings::{METADATA, SERVICE_TIER, Settings};
use super::thinking::{Situation, ThinkingPlan};
use super::tools::Toolbox;
use super::{AnthropicMessages, BETA_FIELD, Dialect, PROTOCOL};
use crate::json::{ObjectWriter, write_object_with};
use crate::notes::{Notes, refuse_foreign, unsupported};
use crate::{EncodeOptions, Encoded};

/// The version of the API, as the header `anthropic-version` names it.
const VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

/// The beta in which blocks may name uploaded files.
const FILES_BETA: &str = "files-api-2025-04-14";

type Fields = BTreeMap<String, RawJson>;

/// Writes `request` as `codec` speaks, for `purpose`.
pub(super) fn encode(
    request: &ChatRequest,
    options: &EncodeOptions<'_>,
    codec: &AnthropicMessages,
    purpose: Purpose,
) -> Result<Encoded, Error> {
    refuse_foreign(request, &PROTOCOL)?;
    let platform = codec.platform();
    let path = platform.path(options.model, purpose)?;
    let mut notes = Notes::default();
    let request = &*BOUND.free(request, &mut notes)?;
    let dialect = codec.dialect_for(options.model);
    let plan = Plan::new(request, options, dialect, platform, &mut notes)?;
    note_what_is_left_out(request, &mut notes);

    let sections = [options.provider, "*"].map(|name| section(request, name, purpose));
    let overrides = sections.each_ref().map(Cow::as_ref);
    let mut body = BytesMut::with_capacity(1024);
    write_object_with(&mut body, &overrides, |body| {
        plan.write(body, platform, purpose);
    });

    let betas = betas(request, options.provider, plan.conversation.has_files);
    Ok(Encoded {
        request: http_request(platform, path, body.freeze(), &betas)?,
        adaptations: notes.into_adaptations(),
    })
}

/// Writes a request for what stands at `path`.
pub(super) fn get(path: PathAndQuery) -> Encoded {
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = Uri::from(path);
    request.headers_mut().insert("anthropic-version", VERSION);
    Encoded {
        request,
        adaptations: Vec::new(),
    }
}

fn note_what_is_left_out(request: &ChatRequest, notes: &mut Notes) {
    if request.seed.is_some() {
        notes.loss("seed is left out: the format has none");
    }
    notes.leave_out_all(request, &PROTOCOL);
}

fn http_request(
    platform: Platform,
    path: Uri,
    body: Bytes,
    betas: &[String],
) -> Result<http::Request<Bytes>, Error> {
    let mut request = http::Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(CONTENT_TYPE, "application/json");
    if platform.version_in_body().is_none() {
        request = request.header("anthropic-version", VERSION);
    }
    if !betas.is_empty() {
        request = request.header("anthropic-beta", betas.join(","));
    }
    request
        .body(body)
        .map_err(|_| unsupported("a name in `anthropic_beta` cannot be sent in a header"))
}

/// Gathers the betas a request asks for: they are sent in a header, not in the body.
fn betas(request: &ChatRequest, provider: &str, has_files: bool) -> Vec<String> {
    let own = request
        .extra
        .as_ref()
        .and_then(|extra| extra.fields_for(&PROTOCOL));
    let options = [provider, "*"].map(|name| request.provider_options.get(name));
    let mut betas: Vec<String> = Vec::new();
    let asked = options.into_iter().chain([own]).flatten();
    for field in asked.filter_map(|fields| fields.get(BETA_FIELD)) {
        betas.extend(field.read::<Vec<String>>().unwrap_or_default());
    }
    if has_files {
        betas.push(FILES_BETA.to_owned());
    }
    let mut unique: Vec<String> = Vec::with_capacity(betas.len());
    for beta in betas {
        if !unique.contains(&beta) {
            unique.push(beta);
        }
    }
    unique
}

/// Returns the fields of one section of the request's `provider_options` that belong into the body.
fn section<'a>(request: &'a ChatRequest, name: &str, purpose: Purpose) -> Cow<'a, Fields> {
    let belongs = |name: &str| name != BETA_FIELD && purpose.takes(name);
    match request.provider_options.get(name) {
        None => Cow::Owned(Fields::new()),
        Some(fields) if fields.keys().all(|name| belongs(name)) => Cow::Borrowed(fields),
        Some(fields) => {
            let mut fields = fields.clone();
            fields.retain(|name, _| belongs(name));
            Cow::Owned(fields)
        }
    }
}

/// All of a request's body, decided and ready to be written.
struct Plan<'a> {
    model: &'a str,
    is_stream: bool,
    conversation: Conversation<'a>,
    toolbox: Toolbox<'a>,
    thinking: ThinkingPlan<'a>,
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
        dialect: Dialect,
        platform: Platform,
        notes: &mut Notes,
    ) -> Result<Self, Error> {
        if request.n.is_some_and(|n| n > 1) {
            return Err(unsupported(
                "Anthropic's Messages gives one answer at a time",
            ));
        }
        let origin = Origin::of(request, options.model);
        let own = origin.is_own();
        let conversation = Conversation::plan(&request.messages, own, notes)?;
        let toolbox = Toolbox::plan(request, origin, dialect, notes)?;
        let situation = Situation {
            origin,
            is_forced: toolbox.forbids_thinking(dialect.thinking),
            is_amid_thoughtless_turn: conversation.is_amid_thoughtless_turn(),
            dialect,
        };
        let max_tokens = request.max_output_tokens;
        let thinking = ThinkingPlan::new(request.reasoning.as_ref(), max_tokens, situation, notes);
        let sampling = if origin == Origin::Exact {
            SamplingPlan::as_written(request)
        } else {
            SamplingPlan::adapted(request, thinking.is_on(), dialect.sampling, notes)
        };
        Ok(Self {
            model: options.model,
            is_stream: options.mode == Mode::Stream,
            conversation,
            toolbox,
            thinking,
            sampling,
            settings: Settings::plan(request, own, platform, notes),
            stop: stop_sequences(&request.stop, own, notes),
            extra: request
                .extra
                .as_ref()
                .and_then(|extra| extra.fields_for(&PROTOCOL)),
        })
    }

    fn write(&self, body: &mut ObjectWriter<'_>, platform: Platform, purpose: Purpose) {
        let version = platform.version_in_body();
        body.optional("anthropic_version", version);
        if platform.has_model_in_body(purpose) {
            body.field("model", platform.model(self.model));
        }
        if purpose.is_answer() {
            body.field("max_tokens", &self.thinking.max_tokens);
            if self.is_stream {
                body.field("stream", &true);
            }
        }
        if let Some(system) = &self.conversation.system {
            write_content(body, "system", system);
        }
        self.write_messages(body);
        self.toolbox.write(body);
        self.thinking.write(body);
        self.write_output_config(body);
        if purpose.is_answer() {
            self.write_sampling(body);
            let metadata = self.extra_field(METADATA).and_then(|raw| raw.read().ok());
            self.settings.write(metadata.as_ref(), body);
        }
        for (name, value) in self.extra.into_iter().flatten() {
            let is_said = version.is_some() && name == "anthropic_version";
            if self.passes_on(name) && purpose.takes(name) && !is_said {
                body.field(name, value);
            }
        }
    }

    fn write_sampling(&self, body: &mut ObjectWriter<'_>) {
        body.optional("temperature", self.sampling.temperature.as_ref())
            .optional("top_p", self.sampling.top_p.as_ref())
            .optional("top_k", self.sampling.top_k.as_ref());
        if !self.stop.is_empty() {
            body.field("stop_sequences", &self.stop);
        }
    }

    fn write_messages(&self, body: &mut ObjectWriter<'_>) {
        body.array("messages", |messages| {
            for turn in &self.conversation.turns {
                messages.object(|message| {
                    message.field("role", turn.role);
                    write_content(message, "content", &turn.content);
                    message.extra(turn.extra, &PROTOCOL);
                });
            }
        });
    }

    /// Writes the form of the answer and the effort, beside what else the request has in `output_config`.
    fn write_output_config(&self, body: &mut ObjectWriter<'_>) {
        let schema = self
            .toolbox
            .output_schema
            .filter(|_| self.extra_field("output_format").is_none());
        let rest = self
            .extra_field("output_config")
            .and_then(|raw| raw.read::<Fields>().ok());
        if schema.is_none() && self.thinking.effort.is_none() && rest.is_none() {
            return;
        }
        let has_format = rest
            .as_ref()
            .is_some_and(|rest| rest.contains_key("format"));
        body.object("output_config", |config| {
            if let Some(schema) = schema.filter(|_| !has_format) {
                config.object("format", |format| {
                    format.field("type", "json_schema").field("schema", schema);
                });
            }
            config.optional("effort", self.thinking.effort);
            config.fields(&rest.unwrap_or_default());
        });
    }

    fn extra_field(&self, name: &str) -> Option<&'a RawJson> {
        self.extra?.get(name)
    }

    /// Tells whether an extra field is written: not if another field says the same already.
    fn passes_on(&self, name: &str) -> bool {
        match name {
            "model" | "max_tokens" | "messages" | "output_config" | BETA_FIELD => false,
            "stream" => !self.is_stream,
            "system" => self.conversation.system.is_none(),
            "tools" => self.toolbox.is_empty(),
            "stop_sequences" => self.stop.is_empty(),
            "output_format" => self.toolbox.output_schema.is_some(),
            "top_k" => self.sampling.takes_top_k && self.sampling.top_k.is_none(),
            METADATA => self.settings.user.is_none(),
            SERVICE_TIER => self.settings.tier.is_none(),
            "temperature" => self.sampling.temperature.is_none(),
            "top_p" => self.sampling.top_p.is_none(),
            "thinking" | "tool_choice" => false,
            _ => true,
        }
    }
}

/// "stop_sequences: each stop sequence must contain non-whitespace"
fn stop_sequences<'a>(stop: &'a [String], own: bool, notes: &mut Notes) -> Vec<&'a str> {
    let is_taken = |text: &&str| own || !text.trim().is_empty();
    let taken: Vec<&str> = stop.iter().map(String::as_str).filter(is_taken).collect();
    if taken.len() < stop.len() {
        notes.loss("blank stop sequences are left out");
    }
    taken
}
