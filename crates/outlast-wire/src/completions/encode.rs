//! Writes requests.
//!
//! What came in this format leaves as it came. What came in another one becomes one text.

use bytes::BytesMut;
use outlast_types::{ChatRequest, Error, Mode, ResponseFormat};

use super::{PROTOCOL, prompt};
use crate::json::{ObjectWriter, write_object_with};
use crate::notes::{Notes, refuse_foreign, unsupported};
use crate::openai::settings::{USER, write_user};
use crate::openai::spelling::Spelling;
use crate::post::json_request;
use crate::settings::{Setting, wants_logprobs};
use crate::{EncodeOptions, Encoded};

const PATH: &str = "/completions";

/// Fields that are written from the vocabulary, in the caller's spelling where there is one.
const WRITTEN: [&str; 13] = [
    "frequency_penalty",
    "logprobs",
    "max_tokens",
    "model",
    "n",
    "presence_penalty",
    "prompt",
    "seed",
    "stop",
    "stream",
    "temperature",
    "top_p",
    "user",
];

/// Settings that the format has no form for.
const LACKING: [Setting; 3] = [Setting::TopK, Setting::Metadata, Setting::ServiceTier];

/// The most alternatives to a token whose probabilities are told: "The maximum value for `logprobs` is 5."
const MAX_LOGPROBS: u32 = 5;

/// Writes `request`.
pub(super) fn encode(request: &ChatRequest, options: &EncodeOptions<'_>) -> Result<Encoded, Error> {
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
        self.refuse_what_has_no_form()?;
        if self.options.model.is_empty() {
            object.optional("model", spelling.get("model"));
        } else {
            object.field("model", self.options.model);
        }
        let is_conversation = self.prompt(object)?;
        spelling.write(object, "max_tokens", request.max_output_tokens.as_ref());
        spelling.write(object, "temperature", request.temperature.as_ref());
        spelling.write(object, "top_p", request.top_p.as_ref());
        spelling.write(object, "seed", request.seed.as_ref());
        spelling.write(object, "n", request.n.as_ref());
        self.stop(is_conversation, object);
        self.settings(object);
        match self.options.mode {
            Mode::Stream => object.field("stream", &true),
            Mode::Unary => object.optional("stream", spelling.get("stream")),
        };
        spelling.write_rest(object, &WRITTEN);
        self.notes.leave_out(request.extra.as_ref(), &PROTOCOL);
        Ok(())
    }

    fn refuse_what_has_no_form(&mut self) -> Result<(), Error> {
        let request = self.request;
        if !request.tools.is_empty() {
            return Err(unsupported("a text completion cannot call tools"));
        }
        match request.response_format {
            None | Some(ResponseFormat::Text) => {}
            Some(_) => return Err(unsupported("a text completion takes no form of answer")),
        }
        if request.reasoning.is_some() {
            self.notes.loss("how much to think is left out");
        }
        Ok(())
    }

    /// Writes the prompt and returns whether it is a conversation.
    fn prompt(&mut self, object: &mut ObjectWriter<'_>) -> Result<bool, Error> {
        let messages = &self.request.messages;
        if let Some(raw) = self.spelling.get("prompt") {
            let spelled = if raw.is_null() {
                Vec::new()
            } else {
                prompt::read(raw.as_raw_value()).unwrap_or_default()
            };
            if spelled == *messages {
                object.field("prompt", raw);
                return Ok(false);
            }
        }
        if messages.is_empty() && self.spelling.0.is_some() {
            return Ok(false);
        }
        let (text, is_conversation) = prompt::of(messages, self.notes)?;
        object.field("prompt", &text);
        Ok(is_conversation)
    }

    fn settings(&mut self, object: &mut ObjectWriter<'_>) {
        let (request, spelling) = (self.request, self.spelling);
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
        let own = spelling.0.is_some();
        let count = wants_logprobs(request).then(|| {
            let count = request.top_logprobs.unwrap_or(1);
            if own { count } else { count.min(MAX_LOGPROBS) }
        });
        spelling.write_readable(object, "logprobs", count.as_ref());
        if own {
            spelling.write_readable(object, USER, request.user.as_ref());
        } else {
            write_user(request, object, self.notes);
        }
        self.notes.leave_out_settings(request, &LACKING);
    }

    fn stop(&self, is_conversation: bool, object: &mut ObjectWriter<'_>) {
        let mut stop = self.request.stop.clone();
        let spelled = self
            .spelling
            .get("stop")
            .filter(|raw| match raw.read::<Option<String>>() {
                Ok(one) => stop == Vec::from_iter(one),
                Err(_) => raw.read::<Vec<String>>().is_ok_and(|list| list == stop),
            });
        if let Some(raw) = spelled {
            object.field("stop", raw);
            return;
        }
        if is_conversation && stop.is_empty() {
            stop.push(prompt::NEXT_TURN.to_owned());
        }
        if !stop.is_empty() {
            object.field("stop", &stop);
        }
    }
}
