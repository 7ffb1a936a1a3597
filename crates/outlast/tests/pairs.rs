//! A call outlives its provider whatever formats the two speak: each as the first one, which fails, with each other as
//! the second.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast::providers::{
    Account, AnthropicCompatible, Bedrock, Gemini, OpenAiCompatible, Target, http_service,
};
use outlast::{ChatStream, Client, StreamEvent, Usage};
use outlast_sim::{Api, Script, Sim};

use self::support::{KEYS, QUESTION, assert_no_key, ledger, ledger_of, question};

/// What can befall the first provider before its first token, and what the ledger then says of it.
const BEFORE: &[(&str, &str)] = &[
    ("connection = \"refuse\"", "connect"),
    ("failure = \"overloaded\"", "overloaded"),
    ("failure = \"unauthenticated\"", "unauthenticated"),
    ("failure = \"permission-denied\"", "permission_denied"),
    ("failure = \"model-not-found\"", "model_not_found"),
    ("failure = \"quota-exhausted\"", "quota_exhausted"),
    ("empty = \"content\"", "empty_reply"),
    ("html = true", "malformed"),
    ("hang = true", "first_token_timeout"),
];

/// After how many tokens a stream is cut; the last is beyond them all, but before the end is told.
const CUTS: [usize; 4] = [1, 7, 24, 1000];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Chat,
    Responses,
    Messages,
    Gemini,
    Converse,
}

const FORMATS: [Format; 5] = [
    Format::Chat,
    Format::Responses,
    Format::Messages,
    Format::Gemini,
    Format::Converse,
];

impl Format {
    fn sim(self, script: &str, key: &str) -> Sim {
        let api = match self {
            Self::Chat | Self::Responses => Api::OpenAi,
            Self::Messages => Api::Anthropic,
            Self::Gemini => Api::Gemini,
            Self::Converse => Api::Bedrock,
        };
        let script = Script::parse(script).unwrap_or_else(|error| panic!("{error}: {script}"));
        Sim::new(api).with_script(script).with_key(key)
    }

    fn account(self) -> Account {
        let openai = || OpenAiCompatible::at("x", "https://x.example/v1").unwrap();
        match self {
            Self::Chat => openai(),
            Self::Responses => openai().with_responses().unwrap(),
            Self::Messages => AnthropicCompatible::at("x", "https://x.example/v1").unwrap(),
            Self::Gemini => Gemini::with_key("replaced").unwrap(),
            Self::Converse => Bedrock::in_region("eu-west-1").unwrap(),
        }
    }

    fn model(self) -> &'static str {
        match self {
            Self::Chat | Self::Responses => "small",
            Self::Messages => "claude-sonnet-4-5",
            Self::Gemini => "gemini-2.5-flash",
            Self::Converse => "eu.anthropic.claude-sonnet-4-5-v1:0",
        }
    }

    /// Returns what a stream that breaks has said of its tokens: only Messages begins with a count of what was read.
    fn told_at_once(self) -> Usage {
        match self {
            Self::Messages => Usage::new(8, 0),
            _ => Usage::default(),
        }
    }

    fn target(self, name: &'static str, key: &str, sim: &Sim) -> Target {
        let account = self.account().with_name(name).with_key(key).unwrap();
        let account = account.with_http(http_service(sim.service()));
        account.model(self.model())
    }
}

/// Two providers, of which the first fails.
struct Pair {
    first: Format,
    second: Format,
    a: Sim,
    b: Sim,
}

impl Pair {
    /// Makes each pair that begins with `first`, failing by `rule`.
    fn all(first: Format, rule: &str) -> impl Iterator<Item = Self> {
        let seconds = FORMATS.into_iter().filter(move |second| *second != first);
        seconds.map(move |second| Self {
            first,
            second,
            a: first.sim(&format!("[[rule]]\n{rule}"), KEYS[0]),
            b: second.sim("", KEYS[1]),
        })
    }

    fn client(&self) -> Client {
        Client::builder()
            .target(self.first.target("a", KEYS[0], &self.a))
            .target(self.second.target("b", KEYS[1], &self.b))
            .build()
            .unwrap()
    }

    fn text(&self) -> String {
        self.b.reference_text(QUESTION)
    }

    fn names(&self, rule: &str) -> String {
        format!("{:?} {rule}, then {:?}", self.first, self.second)
    }
}

/// A stream as its caller saw it.
#[derive(Default)]
struct Seen {
    text: String,
    starts: usize,
    finishes: usize,
    usage: Usage,
}

async fn read(stream: &mut ChatStream, names: &str) -> Seen {
    let mut seen = Seen::default();
    while let Some(event) = stream.next().await {
        match event.unwrap_or_else(|error| panic!("{names}: {error}")) {
            StreamEvent::Start(_) => seen.starts += 1,
            StreamEvent::Text(delta) => seen.text.push_str(&delta.text),
            StreamEvent::Finish(_) => seen.finishes += 1,
            StreamEvent::Usage { usage, .. } => seen.usage = usage,
            _ => {}
        }
    }
    seen
}

async fn outlives_what_comes_before(first: Format) {
    for (rule, kind) in BEFORE {
        for pair in Pair::all(first, rule) {
            let names = pair.names(rule);
            let expect = [format!("a {kind}"), "b served".to_owned()];
            let client = pair.client();
            let reply = client.chat(question()).await;
            let reply = reply.unwrap_or_else(|error| panic!("{names}: {error}"));
            assert_eq!(reply.text(), pair.text(), "{names}");
            assert_eq!(ledger_of(&reply), expect, "{names}");

            let client = pair.client();
            let mut stream = client.stream(question()).await.unwrap();
            let seen = read(&mut stream, &names).await;
            assert_eq!(seen.text, pair.text(), "{names}");
            let attempts = stream.meta().ledger.attempts();
            assert_eq!(ledger(&attempts), expect, "{names}");
            assert_no_key(&format!("{attempts:?}"));
        }
    }
}

async fn outlives_what_comes_amid(first: Format) {
    for rule in [
        "stall = { after = 7 }",
        "error = { after = 7, failure = \"overloaded\" }",
    ] {
        for pair in Pair::all(first, rule) {
            is_continued(&pair, &pair.names(rule)).await;
        }
    }
}

async fn outlives_cuts(first: Format) {
    for by in ["reset", "close", "end"] {
        for after in CUTS {
            let rule = format!("cut = {{ after = {after}, by = \"{by}\" }}");
            for pair in Pair::all(first, &rule) {
                is_continued(&pair, &pair.names(&rule)).await;
            }
        }
    }
}

/// Checks that a stream that breaks is whole to its caller, and that its tokens are those of both providers.
async fn is_continued(pair: &Pair, names: &str) {
    let mut stream = pair.client().stream(question()).await.unwrap();
    let seen = read(&mut stream, names).await;
    assert_eq!(seen.text, pair.text(), "{names}");
    assert_eq!((seen.starts, seen.finishes), (1, 1), "{names}");

    let attempts = stream.meta().ledger.attempts();
    let (broken, served) = (&attempts[0], &attempts[1]);
    assert!(
        broken.outcome.to_string().starts_with("broken: "),
        "{names}"
    );
    assert_eq!(served.outcome.to_string(), "served", "{names}");
    let told = served.usage.unwrap_or_else(|| panic!("{names}: no usage"));
    assert!(told.input > 0 && told.output > 0, "{names}: {told:?}");
    assert_eq!(seen.usage, pair.first.told_at_once().plus(told), "{names}");
    assert_eq!((pair.a.log().len(), pair.b.log().len()), (1, 1), "{names}");
}

/// Makes the tests of each format as the first one.
macro_rules! pairs {
    ($($name:ident: $format:ident;)*) => {$(
        mod $name {
            use super::Format;

            #[tokio::test(start_paused = true)]
            async fn whatever_comes_before_the_first_token_the_other_formats_answer() {
                super::outlives_what_comes_before(Format::$format).await;
            }

            #[tokio::test(start_paused = true)]
            async fn whatever_breaks_a_stream_the_other_formats_go_on() {
                super::outlives_what_comes_amid(Format::$format).await;
            }

            #[tokio::test(start_paused = true)]
            async fn wherever_a_stream_is_cut_the_other_formats_go_on() {
                super::outlives_cuts(Format::$format).await;
            }
        }
    )*};
}

pairs! {
    chat: Chat;
    responses: Responses;
    messages: Messages;
    gemini: Gemini;
    converse: Converse;
}
