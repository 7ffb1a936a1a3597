//! A request's path and body, for a provider.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Uri};
use outlast_types::{ChatRequest, Error, Extra, Mode, RawJson};

use super::bound::BOUND;
use super::conversation::{Conversation, Turn};
use super::origin::Origin;
use super::part_out::PartWriter;
use super::spelling::{AsWritten, Spelling, snake};
use super::{Dialect, PROTOCOL, generation, path, tools};
use crate::json::{ObjectWriter, write_object_with};
use crate::notes::{Notes, refuse_foreign};
use crate::settings::Setting;
use crate::{EncodeOptions, Encoded};

pub(super) const CONTENTS: &str = "contents";
pub(super) const SYSTEM: &str = "systemInstruction";

/// The objects whose fields an account's options add to, rather than replace.
const MERGED: [&str; 2] = [generation::FIELD, tools::CONFIG];

/// Settings that the format has no form for.
const LACKING: [Setting; 3] = [Setting::User, Setting::Metadata, Setting::ServiceTier];

type Fields = BTreeMap<String, RawJson>;

/// Writes `request`.
pub(super) fn encode(
    request: &ChatRequest,
    options: &EncodeOptions<'_>,
    dialect: Dialect,
) -> Result<Encoded, Error> {
    refuse_foreign(request, &PROTOCOL)?;
    let mut notes = Notes::default();
    let body = body(request, options, dialect, &mut notes)?;
    let path = path::generate(options.model, options.mode)?;
    Ok(Encoded {
        request: http_request(path.into(), body, options.mode),
        adaptations: notes.into_adaptations(),
    })
}

fn http_request(uri: Uri, body: Bytes, mode: Mode) -> http::Request<Bytes> {
    let mut request = post(uri, body);
    if mode == Mode::Stream {
        let accept = HeaderValue::from_static("text/event-stream");
        request.headers_mut().insert(ACCEPT, accept);
    }
    request
}

/// Makes a request that is answered in one body.
pub(super) fn post(uri: Uri, body: Bytes) -> http::Request<Bytes> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let mut request = http::Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(ACCEPT, JSON);
    request
}

/// Writes a request's body.
pub(super) fn body(
    request: &ChatRequest,
    options: &EncodeOptions<'_>,
    dialect: Dialect,
    notes: &mut Notes,
) -> Result<Bytes, Error> {
    let request = &*BOUND.free(request, notes)?;
    let origin = Origin::of(request, options.model);
    let mut conversation = Conversation::plan(&request.messages, origin.is_own(), dialect, notes)?;
    if let Some(words) = generation::instruction(request, origin, dialect, notes) {
        conversation.instruct(words, dialect);
    }
    notes.leave_out_settings(request, &LACKING);
    notes.leave_out_all(request, &PROTOCOL);
    let written = AsWritten::of(&request.context).filter(|_| origin.is_own());
    let default = Spelling::default();
    let sections = [options.provider, "*"].map(|name| request.provider_options.get(name));
    let writer = BodyWriter {
        request,
        origin,
        dialect,
        written,
        spelling: written.map_or(&default, |written| &written.spelling),
        options: sections,
    };
    let overrides = sections.map(|section| section.map(without_merged).unwrap_or_default());
    let mut out = BytesMut::with_capacity(1024);
    write_object_with(&mut out, &overrides.each_ref().map(Cow::as_ref), |object| {
        writer.write(&conversation, object, notes);
    });
    Ok(out.freeze())
}

/// Returns an account's options without those that are added to an object.
fn without_merged(section: &Fields) -> Cow<'_, Fields> {
    let is_merged = |name: &str| {
        let mut names = MERGED.iter();
        names.any(|merged| name == *merged || name.chars().eq(snake(merged)))
    };
    if !section.keys().any(|name| is_merged(name)) {
        return Cow::Borrowed(section);
    }
    let mut section = section.clone();
    section.retain(|name, _| !is_merged(name));
    Cow::Owned(section)
}

struct BodyWriter<'a> {
    request: &'a ChatRequest,
    origin: Origin,
    dialect: Dialect,
    written: Option<&'a AsWritten>,
    spelling: &'a Spelling,
    /// The sections of the request's options for the account, the surest first.
    options: [Option<&'a Fields>; 2],
}

impl BodyWriter<'_> {
    fn write(
        &self,
        conversation: &Conversation<'_>,
        object: &mut ObjectWriter<'_>,
        notes: &mut Notes,
    ) {
        if let Some(system) = &conversation.system {
            self.write_system(system, object);
        }
        object.array(CONTENTS, |array| {
            for turn in &conversation.turns {
                array.object(|object| self.write_turn(turn, object));
            }
        });
        self.write_tools(object, notes);
        let fields = self.tool_config(notes);
        self.write_merged(tools::CONFIG, fields, object);
        let fields = generation::fields(self.request, self.origin, self.dialect, notes);
        self.write_merged(generation::FIELD, fields, object);
        self.write_extra(object, notes);
    }

    fn write_system(&self, system: &Turn<'_>, object: &mut ObjectWriter<'_>) {
        let name = self.spelling.name(SYSTEM);
        let text = self
            .written
            .and_then(|written| written.system.as_ref())
            .and_then(|system| system.text_of(self.request.messages.first()?));
        match text {
            Some(text) => {
                object.field(&name, text);
            }
            None => object.object(&name, |object| self.write_turn(system, object)),
        }
    }

    fn write_turn(&self, turn: &Turn<'_>, object: &mut ObjectWriter<'_>) {
        let own = turn.extra.and_then(|extra| extra.fields_for(&PROTOCOL));
        // A field that the caller left out is there as `null`.
        let is_left_out =
            |name: &str| own.is_some_and(|fields| fields.get(name).is_some_and(RawJson::is_null));
        match own.and_then(|fields| fields.get("role")) {
            None => {
                object.optional("role", turn.role);
            }
            Some(role) if !role.is_null() => {
                object.field("role", role);
            }
            Some(_) => {}
        }
        if !(turn.items.is_empty() && is_left_out("parts")) {
            let writer = PartWriter {
                spelling: self.spelling,
                own: self.origin.is_own(),
            };
            object.array("parts", |array| {
                turn.items.iter().for_each(|item| writer.item(item, array));
            });
        }
        for (name, value) in own.into_iter().flatten() {
            if name != "role" && name != "parts" {
                object.field(name, value);
            }
        }
    }

    fn write_tools(&self, object: &mut ObjectWriter<'_>, notes: &mut Notes) {
        let text = self
            .written
            .and_then(|written| written.tools.as_ref()?.text_of(&self.request.tools));
        match text {
            Some(text) => {
                object.field(tools::FIELD, text);
            }
            None => tools::write(
                self.request.body(),
                self.origin,
                self.spelling,
                object,
                notes,
            ),
        }
    }

    fn tool_config(&self, notes: &mut Notes) -> Fields {
        let text = self.written.and_then(|written| {
            let config = written.tool_config.as_ref()?;
            config.text_of(&self.request.tool_choice)
        });
        text.and_then(|text| text.read().ok()).unwrap_or_else(|| {
            tools::config(self.request.body(), self.origin, self.spelling, notes)
        })
    }

    /// Writes an object to which the account's options may add.
    fn write_merged(&self, name: &'static str, mut fields: Fields, object: &mut ObjectWriter<'_>) {
        // The surest section has the last word.
        for section in self.options.iter().rev().copied().flatten() {
            for (key, value) in section {
                let is_it = key == name || key.chars().eq(snake(name));
                if is_it && let Ok(more) = value.read::<Fields>() {
                    fields.extend(more);
                }
            }
        }
        if !fields.is_empty() {
            object.field(&self.spelling.name(name), &fields);
        }
    }

    /// Writes the fields that the vocabulary has no name for.
    fn write_extra(&self, object: &mut ObjectWriter<'_>, notes: &mut Notes) {
        let extra: Option<&Extra> = self.request.extra.as_ref();
        notes.leave_out(extra, &PROTOCOL);
        let fields = extra.and_then(|extra| extra.fields_for(&PROTOCOL));
        for (name, value) in fields.into_iter().flatten() {
            let is_within = MERGED.iter().any(|merged| {
                let rest = name.strip_prefix(merged);
                rest.is_some_and(|rest| rest.starts_with('.'))
            });
            // The path names the model that is asked.
            let is_other_model = name == "model" && self.origin != Origin::Exact;
            if !is_within && !is_other_model {
                object.field(name, value);
            }
        }
    }
}
