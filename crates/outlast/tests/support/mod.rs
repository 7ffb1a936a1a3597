//! Two simulated providers, and a client that prefers the first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]
#![allow(dead_code, reason = "each test file uses its part")]

use outlast::providers::{
    Account, AnthropicCompatible, HttpService, OpenAiCompatible, Target, http_service,
};
use outlast::{
    Attempt, ChatRequest, ChatResponse, ChatStream, Client, ClientBuilder, Error, StreamEvent,
};
use outlast_sim::{Api, Script, Sim};

/// The keys of the simulated accounts: they must never show anywhere.
pub(crate) const KEYS: [&str; 2] = ["sk-canary-a-0123456789", "sk-canary-b-0123456789"];

/// What is asked.
pub(crate) const QUESTION: &str = "Why keep a second provider?";

/// A script in which this befalls every call.
pub(crate) fn always(fault: &str) -> String {
    format!("[[rule]]\n{fault}")
}

/// Two providers: `a` speaks OpenAI's format and is asked first, `b` speaks Anthropic's.
pub(crate) struct World {
    pub(crate) a: Sim,
    pub(crate) b: Sim,
}

impl World {
    /// Makes both as `a` and `b` are scripted.
    pub(crate) fn new(a: &str, b: &str) -> Self {
        let sim = |api, script, key| {
            let script = Script::parse(script).unwrap_or_else(|error| panic!("{error}: {script}"));
            Sim::new(api).with_script(script).with_key(key)
        };
        Self {
            a: sim(Api::OpenAi, a, KEYS[0]),
            b: sim(Api::Anthropic, b, KEYS[1]),
        }
    }

    /// The model of the first provider.
    pub(crate) fn target_a(&self) -> Target {
        account_a(http_service(self.a.service())).model("small")
    }

    /// The model of the second provider.
    pub(crate) fn target_b(&self) -> Target {
        account_b(http_service(self.b.service())).model("claude-sonnet-4-5")
    }

    /// Begins a client of both, the first preferred.
    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder()
            .target(self.target_a())
            .target(self.target_b())
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// What a whole answer says.
    pub(crate) fn text(&self) -> String {
        self.a.reference_text(QUESTION)
    }

    /// Counts the calls that reached the two providers.
    pub(crate) fn calls(&self) -> (usize, usize) {
        (self.a.log().len(), self.b.log().len())
    }
}

fn account_a(http: HttpService) -> Account {
    let account = OpenAiCompatible::at("a", "https://a.example/v1").unwrap();
    account.with_key(KEYS[0]).unwrap().with_http(http)
}

fn account_b(http: HttpService) -> Account {
    let account = AnthropicCompatible::at("b", "https://b.example/v1").unwrap();
    account.with_key(KEYS[1]).unwrap().with_http(http)
}

pub(crate) fn question() -> ChatRequest {
    ChatRequest::user(QUESTION)
}

/// Reads a stream to its end: its text, and how it ended.
pub(crate) async fn read(stream: &mut ChatStream) -> (String, Result<(), Error>) {
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(StreamEvent::Text(delta)) => text.push_str(&delta.text),
            Ok(_) => {}
            Err(error) => return (text, Err(error)),
        }
    }
    (text, Ok(()))
}

/// Writes a ledger without its times.
pub(crate) fn ledger(attempts: &[Attempt]) -> Vec<String> {
    attempts
        .iter()
        .map(|attempt| format!("{} {}", attempt.target.account(), attempt.outcome))
        .collect()
}

pub(crate) fn ledger_of(reply: &ChatResponse) -> Vec<String> {
    ledger(&reply.meta().ledger.attempts())
}

/// Fails if a key shows in `text`.
pub(crate) fn assert_no_key(text: &str) {
    assert!(!text.contains("canary"), "a key shows: {text}");
}
