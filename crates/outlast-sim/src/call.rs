//! One call, from its arrival to what becomes of it.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use outlast_types::{ChatRequest, Error, ErrorKind, Mode, Phase, Sent};
use outlast_wire::Incoming;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

#[cfg(feature = "server")]
use crate::SimBody;
use crate::answer::{Answer, Style};
use crate::body::Step;
use crate::continuation::Wanted;
use crate::control;
use crate::director::{CallFacts, Picked};
use crate::fault::{ConnectionFault, Fault, Refusal};
use crate::guard::{CallGuard, millis};
use crate::log::{CallEnd, CallRecord};
use crate::plan::{self, Setting};
use crate::script::Script;
use crate::vendor::Endpoint;
use crate::{Api, Sim};

/// The model in the list where the script names none.
const USUAL_MODEL: &str = "sim-1";

/// A call that has begun.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) call: CallGuard,
    /// How long until its outcome.
    pub(crate) wait: Duration,
    pub(crate) outcome: Outcome,
}

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Outcome {
    Reply(Reply),
    /// The connection fails.
    Fail(Error),
    /// Nothing, ever.
    Hang,
}

/// A reply whose body is still to be played.
pub(crate) type Reply = http::Response<VecDeque<Step>>;

/// Takes in a request, notes it in the log and plans all that will happen.
pub(crate) fn begin(sim: &Sim, request: &http::Request<Bytes>) -> Begun {
    if let Some(reply) = control::answer(sim, request) {
        return Begun {
            call: CallGuard::unnoted(),
            wait: Duration::ZERO,
            outcome: Outcome::Reply(reply.map(|body| plan::whole(body, 0))),
        };
    }
    let now = Instant::now();
    let script = sim.script();
    let asked = Asked::read(sim.api(), request, &script);
    let picked = sim.pick(&asked.facts(sim.in_flight().count()), now);
    let number = sim
        .call_log()
        .open(asked.record(sim, request, picked.as_ref(), now));
    let call = CallGuard::new(sim.call_log().clone(), number, now, sim.in_flight().clone());
    let planned = Planner {
        sim,
        script: &script,
        number,
        request_id: format!("req_sim_{number}"),
        fault: picked.map_or_else(Fault::default, |picked| picked.fault),
    };
    let (wait, outcome) = planned.plan(&asked, request);
    if let Outcome::Reply(reply) = &outcome {
        let status = reply.status().as_u16();
        sim.call_log()
            .update(number, |record| record.status = Some(status));
    }
    Begun {
        call,
        wait,
        outcome,
    }
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

/// Notes a connection that is refused before anything was read from it.
#[cfg(feature = "server")]
pub(crate) fn note_refused(sim: &Sim, picked: &Picked, now: Instant) {
    let record = CallRecord {
        end: CallEnd::Cut,
        ..record(sim, Some(picked), now)
    };
    sim.call_log().open(record);
}

/// What a request asks for.
struct Asked {
    endpoint: Endpoint,
    /// The chat, where it is one.
    chat: Option<Result<Chat, Error>>,
}

struct Chat {
    request: ChatRequest,
    mode: Mode,
    wanted: Wanted,
}

impl Asked {
    fn read(api: Api, request: &http::Request<Bytes>, script: &Script) -> Self {
        let endpoint = api.endpoint(request.method(), request.uri().path());
        let chat = (endpoint == Endpoint::Chat).then(|| {
            let Incoming { request, mode } = api.codec().decode_request(request.body())?;
            Ok(Chat {
                wanted: Wanted::read(&request, script.words()),
                request,
                mode,
            })
        });
        Self { endpoint, chat }
    }

    fn readable_chat(&self) -> Option<&Chat> {
        self.chat.as_ref()?.as_ref().ok()
    }

    fn facts(&self, in_flight: usize) -> CallFacts<'_> {
        let chat = self.readable_chat();
        CallFacts {
            stream: chat.is_some_and(|chat| chat.mode == Mode::Stream),
            model: chat.map(|chat| chat.request.model.as_str()),
            in_flight,
        }
    }

    fn record(
        &self,
        sim: &Sim,
        request: &http::Request<Bytes>,
        picked: Option<&Picked>,
        now: Instant,
    ) -> CallRecord {
        let chat = self.readable_chat();
        CallRecord {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            model: chat.map(|chat| chat.request.model.clone()),
            stream: chat.is_some_and(|chat| chat.mode == Mode::Stream),
            body_sha256: sha256(request.body()),
            question_sha256: chat.map(|chat| sha256(chat.wanted.user_text.as_bytes())),
            continued: chat.and_then(|chat| Some(chat.wanted.partial.as_ref()?.by)),
            ..record(sim, picked, now)
        }
    }
}

/// Makes a record that knows only its time and its rule.
fn record(sim: &Sim, picked: Option<&Picked>, now: Instant) -> CallRecord {
    CallRecord {
        number: 0,
        at_ms: millis(now.saturating_duration_since(sim.started())),
        method: String::new(),
        path: String::new(),
        model: None,
        stream: false,
        rule: picked.map(|picked| picked.rule.clone()),
        fault: picked
            .map(|picked| picked.fault.to_string())
            .filter(|words| !words.is_empty()),
        body_sha256: String::new(),
        question_sha256: None,
        continued: None,
        status: None,
        end: CallEnd::UnderWay,
        took_ms: 0,
        tokens: 0,
    }
}

/// Plans one call under one fault.
struct Planner<'a> {
    sim: &'a Sim,
    script: &'a Script,
    number: u64,
    request_id: String,
    fault: Fault,
}

impl Planner<'_> {
    /// Goes through what can stand between a request and its answer. The fault comes first: a provider that is down
    /// says so to everybody, whatever key or model they name.
    fn plan(&self, asked: &Asked, request: &http::Request<Bytes>) -> (Duration, Outcome) {
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
    fn answer(
        &self,
        asked: &Asked,
        request: &http::Request<Bytes>,
    ) -> Result<(Duration, Reply), Error> {
        let api = self.sim.api();
        match asked.endpoint {
            Endpoint::Unknown => return Err(no_such_path(api)),
            Endpoint::WrongMethod => return Err(wrong_method()),
            Endpoint::Chat | Endpoint::Models => {}
        }
        if !self.sim.accepts(api.key(request.headers())) {
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

const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

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

fn sha256(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
