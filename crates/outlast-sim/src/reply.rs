//! What a provider replies to one call.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use outlast_types::{Error, ErrorKind, Mode, Phase, Sent};

#[cfg(feature = "server")]
use crate::SimBody;
use crate::answer::{Answer, Style};
use crate::body::Step;
use crate::call::{Asked, Chat, Outcome};
use crate::fault::{ConnectionFault, Fault, Refusal};
#[cfg(feature = "server")]
use crate::guard::CallGuard;
use crate::plan::{self, Setting};
use crate::script::Script;
use crate::vendor::Endpoint;
use crate::{Api, Sim};

/// The model in the list where the script names none.
const USUAL_MODEL: &str = "sim-1";

const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

/// A reply whose body is still to be played.
pub(crate) type Reply = http::Response<VecDeque<Step>>;

/// Plans one call under one fault.
pub(crate) struct Planner<'a> {
    sim: &'a Sim,
    script: &'a Script,
    number: u64,
    request_id: String,
    fault: Fault,
}

impl<'a> Planner<'a> {
    /// Prepares to plan call `number`.
    pub(crate) fn new(sim: &'a Sim, script: &'a Script, number: u64, fault: Fault) -> Self {
        Self {
            sim,
            script,
            number,
            request_id: format!("req_sim_{number}"),
            fault,
        }
    }

    /// Goes through what can stand between a request and its answer. The fault comes first: a provider that is down
    /// says so to everybody, whatever key or model they name.
    pub(crate) fn plan(&self, asked: &Asked, headers: &HeaderMap) -> (Duration, Outcome) {
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
                .answer(asked, headers)
                .unwrap_or_else(|error| (Duration::ZERO, self.fail(&error))),
        };
        (
            delay.saturating_add(wait),
            Outcome::Reply(self.finish(reply)),
        )
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        match refusal {
            Refusal::Error(error) => self.fail(&error.to_error()),
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

    /// Answers, or says why not; with how long the head of the answer takes.
    fn answer(&self, asked: &Asked, headers: &HeaderMap) -> Result<(Duration, Reply), Error> {
        let api = self.sim.api();
        match asked.endpoint {
            Endpoint::Unknown => return Err(no_such_path(api)),
            Endpoint::WrongMethod => return Err(wrong_method()),
            Endpoint::Chat | Endpoint::Models => {}
        }
        if !self.sim.accepts(api.key(headers)) {
            return Err(wrong_key());
        }
        match &asked.chat {
            None => Ok((Duration::ZERO, self.models())),
            Some(Ok(chat)) => self.chat(chat),
            Some(Err(error)) => Err(error.clone()),
        }
    }

    fn fail(&self, error: &Error) -> Reply {
        error_reply(self.sim.api(), error, &self.request_id)
    }

    fn models(&self) -> Reply {
        let mut ids: Vec<_> = self.script.models.iter().map(String::as_str).collect();
        if ids.is_empty() {
            ids.push(USUAL_MODEL);
        }
        let body = self.sim.api().models(&ids);
        reply(StatusCode::OK, JSON, plan::whole(body, 0))
    }

    fn chat(&self, chat: &Chat) -> Result<(Duration, Reply), Error> {
        let (api, request) = (self.sim.api(), &chat.request);
        let models = &self.script.models;
        if !models.is_empty() && !models.contains(&request.model) {
            return Err(no_such_model(&request.model));
        }
        let usual = &self.script.answer;
        let style = Style {
            words: usual.words,
            continuation: self.fault.continuation.unwrap_or(usual.continuation),
        };
        let mut answer = Answer::compose(api, self.number, request, &chat.wanted, style)?;
        if let Some(empty) = self.fault.empty {
            answer = answer.emptied(empty);
        }
        let pace = self.fault.pace.of(usual.pace);
        let setting = Setting {
            api,
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
                let encoder = api.codec().encoder(request);
                let steps = plan::stream(setting, answer, pace, encoder);
                (Duration::ZERO, reply(StatusCode::OK, EVENT_STREAM, steps))
            }
        })
    }

    /// Adds the headers that every reply has, and the script's over them.
    fn finish(&self, mut reply: Reply) -> Reply {
        if let Ok(id) = HeaderValue::try_from(&self.request_id) {
            reply
                .headers_mut()
                .insert(self.sim.api().request_id_header(), id);
        }
        for (name, value) in &self.fault.headers {
            reply.headers_mut().insert(name, value.clone());
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

/// Writes an error as the API does; one without a status of its own is the caller's mistake.
fn error_reply(api: Api, error: &Error, request_id: &str) -> Reply {
    let status = error.status().unwrap_or(StatusCode::BAD_REQUEST);
    let body = api.error_body(error, request_id);
    reply(status, JSON, plan::whole(body, 0))
}

/// Answers a request whose body is too large to be read.
#[cfg(feature = "server")]
pub(crate) fn too_large(sim: &Sim) -> http::Response<SimBody> {
    let error = Error::new(ErrorKind::RequestTooLarge)
        .with_status(StatusCode::PAYLOAD_TOO_LARGE)
        .with_message("The request's body is too large.");
    let reply = error_reply(sim.api(), &error, "req_sim");
    reply.map(|steps| SimBody::new(steps, CallGuard::unnoted()))
}

fn no_such_path(api: Api) -> Error {
    Error::new(ErrorKind::InvalidRequest)
        .with_status(StatusCode::NOT_FOUND)
        .with_message(format!(
            "Unknown path: this simulated provider serves POST /v1{} and GET /v1/models.",
            api.chat_path()
        ))
}

fn wrong_method() -> Error {
    Error::new(ErrorKind::InvalidRequest)
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .with_message("Method not allowed.")
}

fn wrong_key() -> Error {
    Error::new(ErrorKind::Unauthenticated)
        .with_status(StatusCode::UNAUTHORIZED)
        .with_message("The simulated provider does not know this API key.")
}

fn no_such_model(model: &str) -> Error {
    Error::new(ErrorKind::ModelNotFound)
        .with_status(StatusCode::NOT_FOUND)
        .with_message(format!("The model `{model}` does not exist."))
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
