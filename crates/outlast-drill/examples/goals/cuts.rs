//! Streams that are cut anywhere, and go on at a provider that gives exactly the rest.

use outlast::providers::{AnthropicCompatible, OpenAiCompatible, http_service};
use outlast::{ChatRequest, Client, ClientBuilder, StreamEvent};
use outlast_sim::{Api, Script, Sim};

use crate::goal::Goal;

/// How many requests a client makes: its primary is left alone once it has failed more often.
const REQUESTS: usize = 4;
const WORDS: usize = 24;

/// Two simulated providers and a client of both.
pub(crate) struct Pair {
    pub(crate) a: Sim,
    pub(crate) b: Sim,
    pub(crate) client: Client,
}

impl Pair {
    pub(crate) fn new(a: &str, b: &str) -> Self {
        Self::with(Client::builder(), a, b)
    }

    /// Gives `builder` both.
    pub(crate) fn with(builder: ClientBuilder, a: &str, b: &str) -> Self {
        let sim = |api, script| Sim::new(api).with_script(Script::parse(script).unwrap());
        let (a, b) = (sim(Api::OpenAi, a), sim(Api::Anthropic, b));
        let first = OpenAiCompatible::at("a", "https://a.invalid/v1").unwrap();
        let second = AnthropicCompatible::at("b", "https://b.invalid/v1").unwrap();
        let client = builder
            .seed(7)
            .target(first.with_http(http_service(a.service())).model("m"))
            .target(second.with_http(http_service(b.service())).model("m"))
            .build()
            .unwrap();
        Self { a, b, client }
    }
}

/// Runs on a paused clock.
pub(crate) fn paused<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(work)
}

/// Cuts so many streams, each somewhere else and in another way.
pub(crate) fn goal(cuts: usize) -> Goal {
    let (mut right, mut wrong, mut refused) = (0, 0, 0);
    paused(async {
        for batch in 0..cuts.div_ceil(REQUESTS) {
            let answer = format!("[answer]\nwords = {WORDS}");
            let pair = Pair::new("", &answer);
            for number in (batch * REQUESTS..).take(REQUESTS) {
                let after = fastrand::Rng::with_seed(number as u64).usize(0..WORDS);
                let by = if number % 2 == 0 { "reset" } else { "close" };
                let rule = format!("[[rule]]\ncut = {{ after = {after}, by = \"{by}\" }}");
                let script = Script::parse(&format!("{answer}\n{rule}")).unwrap();
                pair.a.set_script(script);
                match read(&pair.client, &format!("Question {number}?")).await {
                    Some(text) if text == pair.b.reference_text(&format!("Question {number}?")) => {
                        right += 1;
                    }
                    Some(_) => wrong += 1,
                    None => refused += 1,
                }
            }
        }
    });
    Goal::new(
        17,
        format!(
            "of {} streams cut anywhere: whole, wrong, ended in an error",
            right + wrong + refused
        ),
        "all, 0, 0",
        format!("{right}, {wrong}, {refused}"),
        wrong == 0 && refused == 0,
    )
}

async fn read(client: &Client, question: &str) -> Option<String> {
    let mut stream = client.stream(ChatRequest::user(question)).await.ok()?;
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        if let StreamEvent::Text(delta) = event.ok()? {
            text.push_str(&delta.text);
        }
    }
    Some(text)
}
