//! Simulated LLM providers with scripted faults: in memory for tests and drills, on real sockets for demos.
//!
//! A [`Sim`] speaks the wire format of an [`Api`] and answers as its [`Script`] says: healthy and at once, or slowly, or
//! with any of the faults that real providers have had. It is a
//! `Service<http::Request<Bytes>, Response = http::Response<SimBody>>` ([`Sim::service`]), and the same thing listens
//! on a socket ([`Sim::bind`], with the feature `server`, which is on by default).
//!
//! - **Its answers are known.** The text of a whole answer depends on the last message of the user alone, so that a
//!   test can compare it to the character: [`reference_text`]. All simulated providers give the same one, and a call
//!   that asks to go on after a partial answer gets the rest of it. Where a request forces a tool or asks for JSON by a
//!   schema, the answer is the smallest that the schema allows.
//! - **Its faults are data**, written in TOML: see [`script`].
//! - **It is repeatable.** Time is tokio's, so that a paused clock moves it, and chance has a seed.
//! - **It has a log** of each call: when it came, what it asked, what was done to it and how it ended: [`CallRecord`].
//! - **It examines adapters.** See [`conformance`].
//! - **Nothing runs behind a call.** A body is a list of steps that its reader plays, and a reader that goes away is
//!   noticed at once.
//!
//! # Examples
//!
//! ```
//! use bytes::Bytes;
//! use http_body_util::BodyExt;
//! use outlast_sim::{Api, CallEnd, Script, Sim};
//! use tower_service::Service;
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let script = Script::parse(
//!     r#"
//!     [[rule]]
//!     times = 1
//!     status = 503
//!     headers = { retry-after = "2" }
//!     "#,
//! )?;
//! let sim = Sim::new(Api::OpenAi).with_script(script);
//! let ask = || {
//!     http::Request::post("/v1/chat/completions").body(Bytes::from_static(
//!         br#"{"model": "sim-1", "messages": [{"role": "user", "content": "Hello?"}]}"#,
//!     ))
//! };
//!
//! let refused = sim.service().call(ask()?).await?;
//! assert_eq!(refused.status(), 503);
//! assert_eq!(refused.headers()["retry-after"], "2");
//!
//! let answer = sim.service().call(ask()?).await?;
//! assert_eq!(answer.status(), 200);
//! let body: serde_json::Value = serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?;
//! assert_eq!(body["choices"][0]["message"]["content"], sim.reference_text("Hello?"));
//!
//! let log = sim.log();
//! assert_eq!(log[0].fault.as_deref(), Some("status 503"));
//! assert_eq!((log[1].fault.as_deref(), log[1].end), (None, CallEnd::Complete));
//! # Ok(())
//! # }
//! ```
//!
//! # The control endpoint
//!
//! The same service, in memory and on the socket, answers to whoever directs it. No fault touches these requests, and
//! they are not in the log.
//!
//! | request | does |
//! |---|---|
//! | `PUT /__sim/script` | sets the script in the body; its times begin now. A mistake gets a 400 with `{"error": "..."}` |
//! | `GET /__sim/log` | returns `{"api": "openai", "calls": [...]}`, each call as [`CallRecord`] describes |
//! | `DELETE /__sim/log` | forgets the calls |
//!
//! # What it serves
//!
//! | [`Api`] | chats at | and |
//! |---|---|---|
//! | `openai` | `/v1/chat/completions`, `/v1/responses`; at Azure's `/openai/v1/...`, `/openai/deployments/D/chat/completions?api-version=V` and `/openai/responses?api-version=V` | embeddings, token counts |
//! | `anthropic` | `/v1/messages`; at Vertex AI's `/v1/projects/P/locations/L/publishers/anthropic/models/M:rawPredict` | token counts |
//! | `gemini` | `/v1beta/models/M:generateContent` and `:streamGenerateContent`, with `alt=sse` or without; at Vertex AI's `/v1/projects/P/locations/L/publishers/google/models/M:...` | embeddings, token counts |
//! | `bedrock` | `/model/M/converse` and `/model/M/converse-stream`, whose frames are binary | token counts |
//!
//! All have a list of models (`GET /v1/models`, `/v1beta/models`, `/foundation-models`), and each model of it. The leading
//! version may be missing. With [`Sim::with_key`] it wants a key, where the API's own clients put it; of a signed request
//! to Bedrock it is the key's id, and the signature is not looked at. A fault comes before a wrong key, and that before a
//! wrong request: a provider that is down is down for everybody.

mod answer;
mod api;
mod body;
mod call;
pub mod conformance;
mod continuation;
mod control;
mod director;
mod embedding;
mod fault;
mod guard;
mod log;
mod plan;
mod reply;
mod schema;
pub mod script;
#[cfg(feature = "server")]
mod server;
mod service;
mod sim;
mod text;
mod vendor;

pub use api::{Api, UnknownApi};
pub use body::SimBody;
pub use log::{CallEnd, CallRecord, ContinuedBy};
pub use script::{Script, ScriptError};
#[cfg(feature = "server")]
pub use server::SimServer;
pub use service::{SimFuture, SimService};
pub use sim::Sim;
pub use text::{DEFAULT_WORDS, reference_text};
