//! How to answer: `generationConfig`.

use std::collections::BTreeMap;

use outlast_types::{ChatBody, ChatRequest, Extra, Opaque, RawJson, ResponseFormat};
use serde::Serialize;
use serde_json::value::RawValue;

use super::origin::Origin;
use super::spelling::{AsWritten, Generation, Spelling};
use super::{Dialect, PROTOCOL, schema, thinking};
use crate::json::{FieldError, Object, read_value};
use crate::notes::Notes;
use crate::settings::wants_logprobs;

pub(super) const FIELD: &str = "generationConfig";

const MIME_TYPE: &str = "responseMimeType";
const JSON_SCHEMA: &str = "responseJsonSchema";
const OPEN_API_SCHEMA: &str = "responseSchema";
const THINKING: &str = "thinkingConfig";

const JSON: &str = "application/json";
const PLAIN: &str = "text/plain";

/// The most stop sequences the API takes.
const MAX_STOP: usize = 5;

/// The most alternatives to a token whose probabilities are told: "The number must be in the range of [0, 20]."
const MAX_LOGPROBS: u32 = 20;

/// The name of a schema that has none: other protocols want one.
const DEFAULT_SCHEMA_NAME: &str = "answer";

/// The longest name of a schema that other protocols take.
const MAX_SCHEMA_NAME: usize = 64;

type Fields = BTreeMap<String, RawJson>;

/// Returns the fields of `generationConfig`.
pub(super) fn fields(
    request: &ChatRequest,
    origin: Origin,
    dialect: Dialect,
    notes: &mut Notes,
) -> Fields {
    let written = AsWritten::of(&request.context);
    if origin == Origin::Exact
        && let Some(text) = written
            .and_then(|written| written.generation.as_ref())
            .and_then(|generation| generation.text_of(&Generation::of(request.body())))
        && let Ok(fields) = text.read()
    {
        return fields;
    }
    let default = Spelling::default();
    let mut writer = Writer {
        spelling: written.map_or(&default, |written| &written.spelling),
        fields: within(request.extra.as_ref(), FIELD),
    };
    writer.sampling(request, origin, notes);
    writer.format(request, origin, dialect, notes);
    if let Some(config) = &request.reasoning {
        let thinking = if origin == Origin::Exact {
            thinking::as_written(config, writer.spelling)
        } else {
            thinking::adapted(config, dialect.thinking, notes)
        };
        if !thinking.is_empty() {
            writer.put(THINKING, &thinking);
        }
    }
    writer.fields
}

/// Returns the extra fields of this protocol that stand within the object `name`.
pub(super) fn within(extra: Option<&Extra>, name: &str) -> Fields {
    let fields = extra.and_then(|extra| extra.fields_for(&PROTOCOL));
    let own = |(key, value): (&String, &RawJson)| {
        let field = key.strip_prefix(name)?.strip_prefix('.')?;
        Some((field.to_owned(), value.clone()))
    };
    fields.into_iter().flatten().filter_map(own).collect()
}

struct Writer<'a> {
    spelling: &'a Spelling,
    fields: Fields,
}

impl Writer<'_> {
    fn put<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        // A number that JSON has no form for is left out.
        if let Ok(value) = RawJson::from_value(&value)
            && !value.is_null()
        {
            self.fields
                .insert(self.spelling.name(name).into_owned(), value);
        }
    }

    fn sampling(&mut self, request: &ChatRequest, origin: Origin, notes: &mut Notes) {
        self.put("temperature", &request.temperature);
        self.put("topP", &request.top_p);
        self.put("topK", &request.top_k);
        self.put("frequencyPenalty", &request.frequency_penalty);
        self.put("presencePenalty", &request.presence_penalty);
        self.logprobs(request, origin);
        self.put("candidateCount", &request.n);
        self.put("maxOutputTokens", &request.max_output_tokens);
        if let Some(seed) = request.seed {
            self.put("seed", &seed_for(seed, origin, notes));
        }
        let stop = stop_for(&request.stop, origin, notes);
        if !stop.is_empty() {
            self.put("stopSequences", &stop);
        }
    }

    fn logprobs(&mut self, request: &ChatRequest, origin: Origin) {
        if origin.is_own() {
            self.put("responseLogprobs", &request.logprobs);
            self.put("logprobs", &request.top_logprobs);
        } else if wants_logprobs(request) {
            self.put("responseLogprobs", &true);
            let count = request.top_logprobs.filter(|count| *count > 0);
            self.put("logprobs", &count.map(|count| count.min(MAX_LOGPROBS)));
        }
    }

    fn format(
        &mut self,
        request: &ChatRequest,
        origin: Origin,
        dialect: Dialect,
        notes: &mut Notes,
    ) {
        if is_put_into_words(request, origin, dialect) {
            return;
        }
        match &request.response_format {
            None => {}
            Some(ResponseFormat::Text) if origin.is_own() => self.put(MIME_TYPE, PLAIN),
            Some(ResponseFormat::Text) => {}
            Some(ResponseFormat::JsonObject) => self.put(MIME_TYPE, JSON),
            Some(ResponseFormat::JsonSchema { schema, .. }) => {
                self.put(MIME_TYPE, JSON);
                self.put(JSON_SCHEMA, schema);
            }
            Some(ResponseFormat::Opaque(opaque)) if opaque.origin == PROTOCOL => {
                self.fields
                    .extend(opaque.raw.read::<Fields>().unwrap_or_default());
            }
            Some(_) => notes.loss("a response format of another protocol is left out"),
        }
    }
}

/// Tells whether the form of the answer is asked for in words. "Function calling with a response mime type:
/// 'application/json' is unsupported", up to Gemini 2.5.
fn is_put_into_words(request: &ChatRequest, origin: Origin, dialect: Dialect) -> bool {
    let is_json = matches!(
        request.response_format,
        Some(ResponseFormat::JsonObject | ResponseFormat::JsonSchema { .. })
    );
    is_json && !origin.is_own() && !request.tools.is_empty() && !dialect.json_beside_tools
}

/// Returns the words that ask for the form of the answer, where the API does not take it.
pub(super) fn instruction(
    request: &ChatRequest,
    origin: Origin,
    dialect: Dialect,
    notes: &mut Notes,
) -> Option<String> {
    if !is_put_into_words(request, origin, dialect) {
        return None;
    }
    notes.change(
        "the form of the answer is given as an instruction: the model takes none beside tools",
    );
    Some(match &request.response_format {
        Some(ResponseFormat::JsonSchema { schema, .. }) => format!(
            "Answer with nothing but JSON that follows this schema:\n{}",
            schema.get()
        ),
        _ => "Answer with nothing but a JSON object.".to_owned(),
    })
}

/// Shortens a seed to the 32 bits the API takes.
fn seed_for(seed: i64, origin: Origin, notes: &mut Notes) -> i64 {
    if origin.is_own() || i32::try_from(seed).is_ok() {
        return seed;
    }
    notes.change("seed is shortened to 31 bits");
    seed & i64::from(i32::MAX)
}

fn stop_for<'a>(stop: &'a [String], origin: Origin, notes: &mut Notes) -> &'a [String] {
    match stop.get(..MAX_STOP) {
        Some(first) if !origin.is_own() && stop.len() > MAX_STOP => {
            notes.loss("stop sequences beyond the fifth are left out");
            first
        }
        _ => stop,
    }
}

/// Reads a `generationConfig` into `body`. Returns the fields that the vocabulary has no name for.
pub(super) fn read(
    raw: &RawValue,
    body: &mut ChatBody,
    spelling: &mut Spelling,
) -> Result<Fields, FieldError> {
    let mut reader = Reader {
        fields: Object::from_raw(raw)?,
        spelling,
    };
    body.temperature = reader.take("temperature")?;
    body.top_p = reader.take("topP")?;
    body.top_k = reader.take_readable("topK");
    body.frequency_penalty = reader.take_readable("frequencyPenalty");
    body.presence_penalty = reader.take_readable("presencePenalty");
    body.logprobs = reader.take_readable("responseLogprobs");
    body.top_logprobs = reader.take_readable("logprobs");
    body.n = reader.take("candidateCount")?;
    body.max_output_tokens = reader.take("maxOutputTokens")?;
    body.seed = reader.take("seed")?;
    body.stop = reader.take("stopSequences")?.unwrap_or_default();
    if let Some(raw) = reader.take_raw(THINKING) {
        let config =
            thinking::read(raw, reader.spelling).map_err(|error| error.within(THINKING))?;
        body.reasoning = Some(config);
    }
    body.response_format = reader.format();
    Ok(reader.fields.into_rest())
}

struct Reader<'a, 's> {
    fields: Object<'a>,
    spelling: &'s mut Spelling,
}

impl<'a> Reader<'a, '_> {
    fn take_raw(&mut self, name: &'static str) -> Option<&'a RawValue> {
        self.spelling.take(&mut self.fields, name)
    }

    fn take<T: serde::Deserialize<'a>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, FieldError> {
        self.take_raw(name)
            .map(read_value)
            .transpose()
            .map_err(|error| error.within(name))
    }

    /// Takes a field if it can be read; one that cannot stays where it is.
    fn take_readable<T: serde::Deserialize<'a>>(&mut self, name: &'static str) -> Option<T> {
        let raw = self.take_raw(name)?;
        let value = read_value(raw).ok();
        if value.is_none() {
            let name = self.spelling.name(name);
            self.fields.put(name, raw);
        }
        value
    }

    /// Reads the form of the answer; one that the vocabulary has no name for is kept as it is.
    fn format(&mut self) -> Option<ResponseFormat> {
        let mime_type = self.take_raw(MIME_TYPE);
        let schemas = [self.take_raw(JSON_SCHEMA), self.take_raw(OPEN_API_SCHEMA)];
        let name: Option<String> = mime_type.and_then(|raw| serde_json::from_str(raw.get()).ok());
        match (name.as_deref(), schemas) {
            (None, [None, None]) if mime_type.is_none() => None,
            (Some(PLAIN), [None, None]) => Some(ResponseFormat::Text),
            (Some(JSON), [None, None]) => Some(ResponseFormat::JsonObject),
            (Some(JSON), [Some(schema), None]) => Some(json_schema(schema.into())),
            (Some(JSON), [None, Some(schema)]) => Some(json_schema(schema::to_json_schema(schema))),
            (_, [json_schema, schema]) => {
                let fields = [
                    (MIME_TYPE, mime_type),
                    (JSON_SCHEMA, json_schema),
                    (OPEN_API_SCHEMA, schema),
                ];
                let fields: BTreeMap<&str, &RawValue> = fields
                    .into_iter()
                    .filter_map(|(name, raw)| Some((name, raw?)))
                    .collect();
                let raw = RawJson::from_value(&fields).ok()?;
                let origin = PROTOCOL;
                Some(ResponseFormat::Opaque(Opaque { origin, raw }))
            }
        }
    }
}

fn json_schema(schema: RawJson) -> ResponseFormat {
    ResponseFormat::JsonSchema {
        name: schema_name(&schema),
        schema,
        description: None,
        strict: Some(true),
    }
}

/// Makes a name for a schema of its title: other protocols want one, of letters, digits, `_` and `-`.
fn schema_name(schema: &RawJson) -> String {
    let title = Object::from_raw(schema.as_raw_value())
        .and_then(|mut schema| schema.take::<String>("title"))
        .ok()
        .flatten()
        .unwrap_or_default();
    let name: String = title
        .chars()
        .take(MAX_SCHEMA_NAME)
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => c,
            _ => '_',
        })
        .collect();
    if name.is_empty() {
        DEFAULT_SCHEMA_NAME.to_owned()
    } else {
        name
    }
}
