//! One call, from its arrival to what becomes of it.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use outlast_types::{ChatRequest, Error, Mode};
use outlast_wire::Incoming;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::Sim;
use crate::continuation::Wanted;
use crate::control;
use crate::director::{CallFacts, Picked};
use crate::guard::{CallGuard, millis};
use crate::log::{CallEnd, CallRecord};
use crate::plan;
use crate::reply::{Planner, Reply};
use crate::script::Script;
use crate::vendor::Endpoint;

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
    let endpoint = sim.api().vendor().endpoint(request);
    let incoming = match &endpoint {
        Endpoint::Chat(format) => Some(format.codec.decode_request(request.body())),
        Endpoint::TokenCount(reader) => Some(reader.read(request.body())),
        _ => None,
    };
    let direction = sim.direct(&facts(incoming.as_ref(), sim.in_flight().count()), now);
    let asked = Asked::new(endpoint, incoming, &direction.script);
    let number = sim
        .call_log()
        .open(asked.record(sim, request, direction.picked.as_ref(), now));
    let call = CallGuard::new(sim.call_log().clone(), number, now, sim.in_flight().clone());
    let (wait, outcome) = Planner::new(sim, &direction, number).plan(&asked, request);
    Begun {
        call,
        wait,
        outcome,
    }
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
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) endpoint: Endpoint,
    /// The chat, where it is one.
    pub(crate) chat: Option<Result<Chat, Error>>,
}

/// A chat that can be answered.
#[derive(Debug)]
pub(crate) struct Chat {
    pub(crate) request: ChatRequest,
    pub(crate) mode: Mode,
    pub(crate) wanted: Wanted,
}

/// Returns what rules look at.
fn facts(incoming: Option<&Result<Incoming, Error>>, in_flight: usize) -> CallFacts<'_> {
    let incoming = incoming.and_then(|incoming| incoming.as_ref().ok());
    CallFacts {
        stream: incoming.is_some_and(|incoming| incoming.mode == Mode::Stream),
        model: incoming.map(|incoming| incoming.request.model.as_str()),
        in_flight,
    }
}

impl Asked {
    fn new(endpoint: Endpoint, incoming: Option<Result<Incoming, Error>>, script: &Script) -> Self {
        let chat = |Incoming { request, mode }| Chat {
            wanted: Wanted::read(&request, script.words()),
            request,
            mode,
        };
        Self {
            endpoint,
            chat: incoming.map(|incoming| incoming.map(chat)),
        }
    }

    fn record(
        &self,
        sim: &Sim,
        request: &http::Request<Bytes>,
        picked: Option<&Picked>,
        now: Instant,
    ) -> CallRecord {
        let chat = self.chat.as_ref().and_then(|chat| chat.as_ref().ok());
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
        input_tokens: 0,
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
