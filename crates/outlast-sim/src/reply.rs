//! What a provider replies to one call.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use outlast_types::{Error, ErrorKind, Mode, Phase, Sent};

#[cfg(feature = "server")]
use crate::SimBody;
use crate::answer::{Answer, Author, Style};
use crate::body::Step;
use crate::call::{Asked, Chat, Outcome};
use crate::director::Direction;
use crate::fault::{ConnectionFault, Fault, Refusal};
#[cfg(feature = "server")]
use crate::guard::CallGuard;
use crate::plan::{self, Setting};
use crate::script::Script;
use crate::vendor::{Endpoint, Format, Vendor};
use crate::{Sim, answer};

/// The model in the list where the script names none.
const USUAL_MODEL: &str = "sim-1";

const JSON: &str = "application/json";

/// A reply whose body is still to be played.
pub(crate) type Reply = http::Response<VecDeque<Step>>;

/// Plans one call under one fault.
pub(crate) struct Planner<'a> {
    sim: &'a Sim,
    script: &'a Script,
    number: u64,
    request_id: String,
    fault: Fault,
    slowness: f64,
}

impl<'a> Planner<'a> {
    /// Prepares to plan call `number`.
    pub(crate) fn new(sim: &'a Sim, direction: &'a Direction, number: u64) -> Self {
        let fault = direction.picked.as_ref();
        Self {
            sim,
            script: &direction.script,
            number,
            request_id: format!("req_sim_{number}"),
            fault: fault.map_or_else(Fault::default, |picked| picked.fault.clone()),
            slowness: direction.slowness,
        }
    }

    /// Goes through what can stand between a request and its answer. The fault comes first: a provider that is down
    /// says so to everybody, whatever key or model they name.
    pub(crate) fn plan(
        &self,
        asked: &Asked,
        request: &http::Request<Bytes>,
    ) -> (Duration, Outcome) {
        let delay = self.fault.delay;
        if let Some(connection) = self.fault.connection {
            return (delay, Outcome::Fail(connection.to_error()));
        }
        if self.fault.hang {
            return (delay, Outcome::Hang);
        }
        let (wait, reply) = match &self.fault.refusal {
            Some(refusal) => (Duration::ZERO, self.refuse(refusal)),
            None => self
                .answer(asked, request)
                .unwrap_or_else(|error| (Duration::ZERO, self.fail(&error))),
        };
        (
            delay.saturating_add(wait),
            Outcome::Reply(self.finish(reply)),
        )
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        match refusal {
            Refusal::Error(error) => {
                self.fail(&error.to_error(self.vendor(), self.fault.retry_after))
            }
            Refusal::Raw {
                status,
                content_type,
                body,
            } => {
                let body = Bytes::copy_from_slice(body.as_bytes());
                reply(*status, content_type, plan::whole(body, 0))
            }
        }
    }

    fn vendor(&self) -> &'static dyn Vendor {
        self.sim.api().vendor()
    }

    /// Answers, or says why not; with how long the head of the answer takes.
    fn answer(
        &self,
        asked: &Asked,
        request: &http::Request<Bytes>,
    ) -> Result<(Duration, Reply), Error> {
        let vendor = self.vendor();
        match asked.endpoint {
            Endpoint::Unknown => return Err(no_such_path(vendor)),
            Endpoint::WrongMethod => return Err(wrong_method()),
            _ => {}
        }
        if !self.sim.accepts(vendor.key(request)) {
            return Err(vendor.wrong_key(request));
        }
        let at_once = |body| Ok((Duration::ZERO, json_reply(body)));
        match (&asked.endpoint, &asked.chat) {
            (_, Some(Err(error))) => Err(error.clone()),
            (Endpoint::Chat(format), Some(Ok(chat))) => self.chat(format, chat),
            (Endpoint::TokenCount(_), Some(Ok(chat))) => {
                at_once(vendor.token_count(answer::input_tokens(&chat.request)))
            }
            (Endpoint::Embeddings, _) => at_once(vendor.embeddings(request)?),
            (Endpoint::Model(id), _) => {
                self.check_model(id)?;
                at_once(vendor.model(id))
            }
            _ => at_once(vendor.models(&self.models())),
        }
    }

    fn fail(&self, error: &Error) -> Reply {
        error_reply(self.vendor(), error, &self.request_id)
    }

    fn models(&self) -> Vec<&str> {
        let ids: Vec<_> = self.script.models.iter().map(String::as_str).collect();
        if ids.is_empty() {
            return vec![USUAL_MODEL];
        }
        ids
    }

    fn check_model(&self, id: &str) -> Result<(), Error> {
        let known = &self.script.models;
        if known.is_empty() || known.iter().any(|known| known == id) {
            return Ok(());
        }
        Err(self.vendor().no_such_model(id))
    }

    fn chat(&self, format: &Format, chat: &Chat) -> Result<(Duration, Reply), Error> {
        let request = &chat.request;
        self.check_model(&request.model)?;
        let usual = &self.script.answer;
        let style = Style {
            words: usual.words,
            reasoning: usual.reasoning,
            tool_calls: usual.tool_calls,
            continuation: self.fault.continuation.unwrap_or(usual.continuation),
            finish: self.fault.finish.as_ref(),
        };
        let author = Author {
            frames: format.frames,
            protocol: format.codec.protocol(),
            number: self.number,
        };
        let mut answer = Answer::compose(&author, request, &chat.wanted, style)?;
        if let Some(empty) = self.fault.empty {
            answer = answer.emptied(empty);
        }
        let read = answer.usage.input;
        let log = self.sim.call_log();
        log.update(self.number, |record| record.input_tokens = read);
        let pace = self.fault.pace.of(usual.pace.slowed(self.slowness));
        let setting = Setting {
            vendor: self.vendor(),
            format,
            request_id: &self.request_id,
            fault: &self.fault,
        };
        Ok(match chat.mode {
            Mode::Unary => {
                let wait = pace.whole(answer.pieces.len());
                let steps = plan::unary(setting, answer, &request.model);
                (wait, reply(StatusCode::OK, JSON, steps))
            }
            Mode::Stream => {
                let steps = plan::stream(setting, answer, pace, format.codec.encoder(request));
                let media_type = format.frames.media_type();
                (Duration::ZERO, reply(StatusCode::OK, media_type, steps))
            }
        })
    }

    /// Adds the headers that every reply has, and the script's over them.
    fn finish(&self, mut reply: Reply) -> Reply {
        let (vendor, headers) = (self.vendor(), reply.headers_mut());
        if let Some(name) = vendor.request_id_header()
            && let Ok(id) = HeaderValue::try_from(&self.request_id)
        {
            headers.insert(name, id);
        }
        if let Some(limit) = self.fault.limit {
            vendor.limit_headers(limit, headers);
        }
        for (name, value) in &self.fault.headers {
            headers.insert(name, value.clone());
        }
        reply
    }
}

fn reply(status: StatusCode, content_type: &str, steps: VecDeque<Step>) -> Reply {
    let mut reply = http::Response::new(steps);
    *reply.status_mut() = status;
    if let Ok(content_type) = HeaderValue::try_from(content_type) {
        reply
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type);
    }
    reply
}

fn json_reply(body: Bytes) -> Reply {
    reply(StatusCode::OK, JSON, plan::whole(body, 0))
}

/// Writes an error as the vendor does; one without a status of its own is the caller's mistake.
fn error_reply(vendor: &dyn Vendor, error: &Error, request_id: &str) -> Reply {
    let status = error.status().unwrap_or(StatusCode::BAD_REQUEST);
    let body = vendor.error_body(error, request_id);
    let mut reply = reply(status, JSON, plan::whole(body, 0));
    vendor.error_headers(error, reply.headers_mut());
    reply
}

/// Answers a request whose body is too large to be read.
#[cfg(feature = "server")]
pub(crate) fn too_large(sim: &Sim) -> http::Response<SimBody> {
    let error = Error::new(ErrorKind::RequestTooLarge)
        .with_status(StatusCode::PAYLOAD_TOO_LARGE)
        .with_message("The request's body is too large.");
    let reply = error_reply(sim.api().vendor(), &error, "req_sim");
    reply.map(|steps| SimBody::new(steps, CallGuard::unnoted()))
}

fn no_such_path(vendor: &dyn Vendor) -> Error {
    Error::new(ErrorKind::InvalidRequest)
        .with_status(StatusCode::NOT_FOUND)
        .with_message(format!(
            "Unknown path: this simulated provider serves {} and a list of models.",
            vendor.served()
        ))
}

fn wrong_method() -> Error {
    Error::new(ErrorKind::InvalidRequest)
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .with_message("Method not allowed.")
}

impl ConnectionFault {
    fn to_error(self) -> Error {
        match self {
            Self::Refuse => Error::new(ErrorKind::Connect)
                .with_message("the connection was refused")
                .with_phase(Phase::Connect)
                .with_sent(Sent::No),
            Self::Lose => Error::new(ErrorKind::ConnectionLost)
                .with_message("the connection was reset before the reply")
                .with_phase(Phase::Head)
                .with_sent(Sent::Maybe),
        }
    }
}
