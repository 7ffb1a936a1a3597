//! What the demo plays on: two simulated providers and the real gateway, on loopback sockets.

use std::time::Duration;

use outlast::providers::{AnthropicCompatible, OpenAiCompatible};
use outlast::tower::BreakerConfig;
use outlast::{Client, Policy, Timeouts};
use outlast_gateway::{Gateway, GatewayConfig, bind};
use outlast_sim::{Api, CallEnd, Script, Sim, SimServer};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::board::Board;
use super::plan::Trouble;
use crate::failure::Failure;

/// The target that fails.
pub(super) const PRIMARY: &str = "primary/sim-gpt";
/// A free port of this machine, for callers on this machine.
const LOOPBACK: &str = "127.0.0.1:0";

/// How long the answers are and how fast they come: a stream takes about 0.6 s. A unary answer is there with its first
/// token, so that every caller waits as long for the first words.
const ANSWER: &str = r#"
[answer]
words = 30
first_token = "40ms"
gap = "20ms"
"#;
const UNARY: &str = r#"
[[rule]]
only = "unary"
gap = "0s"
"#;
const ERRORS: &str = r#"
[[rule]]
status = 503
"#;
const HANG: &str = r#"
[[rule]]
hang = true
"#;
const CUTS: &str = r#"
[[rule]]
cut = { after = 15, by = "reset" }
"#;

/// The stage.
pub(super) struct Stage {
    pub(super) providers: Providers,
    pub(super) gateway: RunningGateway,
}

/// The two simulated providers, which stop when this is dropped.
pub(super) struct Providers {
    primary: Sim,
    /// When the primary's own clock began.
    since: Instant,
    scripts: Scripts,
    _servers: [SimServer; 2],
}

struct Scripts {
    healthy: Script,
    errors: Script,
    hang: Script,
    cuts: Script,
}

/// The gateway, which stops when this is dropped.
pub(super) struct RunningGateway {
    /// Where callers send their requests.
    pub(super) chat_url: http::Uri,
    _stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// A call that reached the primary.
#[derive(Clone, Debug)]
pub(super) struct PrimaryCall {
    /// When it arrived, on the board's clock.
    pub(super) at: Duration,
    /// Whether it was a stream that was cut after its first words.
    pub(super) cut_stream: bool,
    /// The SHA-256 of its caller's question, in hexadecimal.
    pub(super) question: Option<String>,
}

impl Stage {
    /// Sets everything up.
    pub(super) async fn set() -> Result<Self, Failure> {
        let scripts = Scripts::read()?;
        let since = Instant::now();
        let primary = Sim::new(Api::OpenAi).with_script(scripts.healthy.clone());
        let fallback = Sim::new(Api::Anthropic).with_script(scripts.healthy.clone());
        let servers = [serve(&primary).await?, serve(&fallback).await?];
        let [primary_url, fallback_url] = servers
            .each_ref()
            .map(|server| format!("{}/v1", server.base_url()));
        let gateway = RunningGateway::start(client(&primary_url, &fallback_url)?).await?;
        Ok(Self {
            providers: Providers {
                primary,
                since,
                scripts,
                _servers: servers,
            },
            gateway,
        })
    }
}

async fn serve(sim: &Sim) -> Result<SimServer, Failure> {
    let listener = bind(LOOPBACK).await.map_err(Failure::new)?;
    sim.serve(listener).map_err(Failure::new)
}

/// Makes the client under test: the default policy, but for timers that have to fit into a short demo.
fn client(primary: &str, fallback: &str) -> Result<Client, Failure> {
    let primary = OpenAiCompatible::at("primary", primary).map_err(Failure::new)?;
    let fallback = AnthropicCompatible::at("fallback", fallback).map_err(Failure::new)?;
    Client::builder()
        .target(primary.model("sim-gpt"))
        .target(fallback.model("sim-claude"))
        .policy(short_timers())
        .build()
        .map_err(Failure::new)
}

/// What differs from the defaults, as the demo says it.
pub(super) const SHORT_TIMERS: &str = "first words and unary answers within 3 s (default 10 to 120 s by what is \
    usual, and 120 s), a hang noticed after 1.5 s (3 s), breakers open for 0.25 to 0.5 s (5 to 60 s), traffic back in steps \
    of 0.25 s (30 s)";

fn short_timers() -> Policy {
    let mut breaker = BreakerConfig::default();
    breaker.stall_after = Duration::from_millis(1500);
    breaker.open_time = Duration::from_millis(250);
    breaker.open_cap = Duration::from_millis(500);
    breaker.quiet_cap = breaker.open_cap;
    breaker.ramp_step = Duration::from_millis(250);
    let patience = Duration::from_secs(3);
    Policy::default()
        .with_timeout(
            Timeouts::default()
                .with_first_token(patience)
                .with_reply(patience),
        )
        .with_breaker(breaker)
}

impl RunningGateway {
    async fn start(client: Client) -> Result<Self, Failure> {
        let listener = bind(LOOPBACK).await.map_err(Failure::new)?;
        let address = listener.local_addr().map_err(Failure::new)?;
        let chat_url = format!("http://{address}/v1/chat/completions");
        let (stop, stopped) = oneshot::channel::<()>();
        let gateway = Gateway::new(client, GatewayConfig::default());
        let task = tokio::spawn(async move {
            // Either order to stop will do: the sender's word, or its end.
            let served = gateway.serve(listener, async { drop(stopped.await) }).await;
            if let Err(error) = served {
                tracing::error!(%error, "the gateway stopped");
            }
        });
        Ok(Self {
            chat_url: chat_url.parse().map_err(Failure::new)?,
            _stop: stop,
            task,
        })
    }
}

impl Drop for RunningGateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Providers {
    /// Returns how the answer to a question goes, for whoever checks answers.
    pub(super) fn expected(&self) -> impl Fn(&str) -> String + Clone + Send + 'static {
        let sim = self.primary.clone();
        move |question: &str| sim.reference_text(question)
    }

    /// Lets the primary fail.
    pub(super) fn break_primary(&self, trouble: Trouble) {
        let script = match trouble {
            Trouble::Errors => &self.scripts.errors,
            Trouble::Hang => &self.scripts.hang,
            Trouble::Cuts => &self.scripts.cuts,
        };
        self.primary.set_script(script.clone());
        if trouble == Trouble::Cuts {
            self.primary.cut_calls();
        }
    }

    /// Lets the primary be well again.
    pub(super) fn heal_primary(&self) {
        self.primary.set_script(self.scripts.healthy.clone());
    }

    /// Returns the calls that reached the primary, from its own log.
    pub(super) fn primary_calls(&self, board: &Board) -> Vec<PrimaryCall> {
        self.primary
            .log()
            .into_iter()
            .map(|call| PrimaryCall {
                at: board.at(self.since + Duration::from_millis(call.at_ms)),
                cut_stream: call.stream && call.end == CallEnd::Cut && call.tokens > 0,
                question: call.question_sha256,
            })
            .collect()
    }
}

impl Scripts {
    fn read() -> Result<Self, Failure> {
        let script = |rules: &str| Script::parse(&format!("{ANSWER}{rules}")).map_err(Failure::new);
        Ok(Self {
            healthy: script(UNARY)?,
            errors: script(ERRORS)?,
            hang: script(HANG)?,
            cuts: script(CUTS)?,
        })
    }
}
