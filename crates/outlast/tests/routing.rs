//! How a route chooses among its targets, through the client.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast::tower::{StickTo, Sticky, Strategy};
use outlast::{
    BuildError, ChatRequest, Client, Config, ErrorKind, Money, Need, Price, Routing, TargetFacts,
    TargetId, ToolSpec,
};
use outlast_sim::{Api, Script, Sim};
use support::{World, ledger_of, question};

fn dollars(input: i64, output: i64) -> Price {
    Price::per_million(Money::from_usd(input), Money::from_usd(output))
}

/// Two providers that are well.
fn world() -> World {
    World::new("", "")
}

#[tokio::test(start_paused = true)]
async fn the_cheaper_target_is_asked_though_it_is_listed_last() {
    let world = world();
    let client = world
        .builder()
        .routing("default", Routing::new(Strategy::Cheapest))
        .facts(
            world.target_a().id().clone(),
            TargetFacts::default().with_price(dollars(3, 15)),
        )
        .prices(|_: &TargetId| Some(dollars(1, 5)))
        .build()
        .unwrap();
    client.chat(question()).await.unwrap();
    assert_eq!(world.calls(), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn weights_share_calls_out_and_a_seed_repeats_them() {
    let run = async |seed| {
        let world = world();
        let routing =
            Routing::new(Strategy::Weighted).with_weight(world.target_a().id().clone(), 3);
        let builder = world.builder().routing("default", routing).seed(seed);
        let client = builder.build().unwrap();
        for _ in 0..200 {
            client.chat(question()).await.unwrap();
        }
        world.calls()
    };
    let (a, b) = run(7).await;
    assert!((130..170).contains(&a) && a + b == 200, "{a} and {b}");
    assert_eq!(run(7).await, (a, b));
}

#[tokio::test(start_paused = true)]
async fn the_slow_target_is_left_to_the_fast_one() {
    let world = World::new(
        "[[rule]]\nfirst_token = \"3s\"",
        "[[rule]]\nfirst_token = \"200ms\"",
    );
    let client = world
        .builder()
        .routing("default", Routing::new(Strategy::Fastest))
        .seed(7)
        .build()
        .unwrap();
    for _ in 0..40 {
        client
            .stream(question())
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
    }
    let (a, b) = world.calls();
    assert!(a <= 2 && b >= 38, "{a} and {b}");
}

#[tokio::test(start_paused = true)]
async fn a_session_stays_where_it_was() {
    let world = world();
    let routing = Routing::new(Strategy::LeastBusy).with_sticky(Sticky::Key);
    let client = world.builder().routing("default", routing).build().unwrap();
    for session in 0..40 {
        let before = world.calls();
        for _ in 0..3 {
            let mut request = question();
            let key = StickTo::new(session.to_string());
            request.context.extensions.insert(key);
            client.chat(request).await.unwrap();
        }
        let (a, b) = world.calls();
        let new = (a - before.0, b - before.1);
        assert!(new == (3, 0) || new == (0, 3), "{new:?}");
    }
    let (a, b) = world.calls();
    assert!(a > 20 && b > 20, "{a} and {b}");
}

#[tokio::test(start_paused = true)]
async fn a_target_without_tools_is_passed_over_with_the_reason() {
    let world = world();
    let client = world
        .builder()
        .facts(
            world.target_a().id().clone(),
            TargetFacts::default().without(Need::Tools),
        )
        .build()
        .unwrap();
    let request = question().with_tool(ToolSpec::without_parameters("clock"));
    let reply = client.chat(request).await.unwrap();
    assert_eq!(ledger_of(&reply), ["a skipped: unsupported", "b served"]);
    assert_eq!(reply.meta().ledger.attempts()[0].lacks, Some(Need::Tools));
    assert_eq!(world.calls(), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_prompt_that_is_too_long_goes_to_the_list_for_it() {
    let world = World::new("[[rule]]\nfailure = \"context-too-long\"", "");
    let routing = Routing::default().with_detour(ErrorKind::ContextTooLong, [world.target_b()]);
    let client = Client::builder()
        .target(world.target_a())
        .routing("default", routing)
        .build()
        .unwrap();
    let reply = client.chat(question()).await.unwrap();
    assert_eq!(ledger_of(&reply), ["a context_too_long", "b served"]);
    // Who is on a detour only can be asked by its name, too.
    let name = world.target_b().id().to_string();
    assert!(client.has_model(&name));
    client.chat(question().with_model(name)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_model_s_own_targets_stand_before_the_rest_whatever_the_strategy() {
    let world = world();
    let client = world
        .builder()
        .routing("default", Routing::new(Strategy::Cheapest))
        .facts(
            world.target_b().id().clone(),
            TargetFacts::default().with_price(dollars(1, 5)),
        )
        .build()
        .unwrap();
    client.chat(question().with_model("small")).await.unwrap();
    assert_eq!(world.calls(), (1, 0));
}

#[test]
fn what_is_set_for_nobody_is_refused() {
    let world = world();
    let lost = world
        .builder()
        .routing("defalt", Routing::default())
        .build();
    assert_eq!(lost.unwrap_err(), BuildError::UnknownRoute("defalt".into()));

    let stranger = TargetId::new("c", "m");
    let routing = Routing::new(Strategy::Weighted).with_weight(stranger.clone(), 2);
    let error = world
        .builder()
        .routing("default", routing)
        .build()
        .unwrap_err();
    let route = "default".to_owned();
    let target = stranger;
    assert_eq!(error, BuildError::UnknownTarget { route, target });
}

const FILE: &str = r#"
[account.a]
kind = "openai-compatible"
base_url = "https://a.example/v1"
[account.b]
kind = "openai-compatible"
base_url = "https://b.example/v1"

[route.default]
targets = ["a/m", "b/m"]
strategy = "cheapest"
[route.default.on]
content_policy = ["b/other"]

[route.shared]
targets = ["a/m", "b/m"]
strategy = "weighted"
weights = { "a/m" = 3 }
sticky = "prompt"

[target."a/m"]
price = { input = 3, output = 15.00 }
context_tokens = 200000
vendor = "acme"
cannot = ["images", "audio"]
[target."b/m"]
price = { input = 0.25, output = 1.25 }
"#;

#[test]
fn a_file_says_all_of_it() {
    let config = Config::parse(FILE, "outlast.toml", |_| None).unwrap();
    let [default, shared] = config.routes.as_slice() else {
        panic!("two routes are written");
    };
    let id = |text| TargetId::parse(text).unwrap();
    assert_eq!(default.routing.strategy, Strategy::Cheapest);
    assert_eq!(
        default.routing.on,
        [(ErrorKind::ContentPolicy, vec![id("b/other")])]
    );
    assert_eq!(shared.routing.weights, [(id("a/m"), 3)]);
    assert_eq!(shared.routing.sticky, Sticky::Prompt);
    let facts = TargetFacts::default()
        .with_price(dollars(3, 15))
        .with_context_tokens(200_000)
        .with_vendor("acme")
        .without(Need::Images)
        .without(Need::Audio);
    assert_eq!(config.targets[0].facts, facts);
}

#[tokio::test(start_paused = true)]
async fn a_client_of_a_file_goes_by_it() {
    let config = Config::parse(FILE, "outlast.toml", |_| None).unwrap();
    let sim = Sim::new(Api::OpenAi).with_script(Script::parse("").unwrap());
    let http = outlast::providers::http_service(sim.service());
    let client = Client::from_config_with_http(&config, http).unwrap();
    let reply = client.chat(ChatRequest::user("Hello?")).await.unwrap();
    assert_eq!(ledger_of(&reply), ["b served"]);
}

const TASKS: &str = include_str!("../../../examples/tasks.toml");

fn with_keys(name: &str) -> Option<String> {
    Some(format!("sk-{name}"))
}

#[test]
fn the_example_has_a_route_for_every_task_and_no_warning() {
    let config = Config::parse(TASKS, "tasks.toml", with_keys).unwrap();
    assert_eq!(config.autos[0].tasks.len(), 6);
    let warnings: Vec<_> = config.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_chat_is_led_to_the_route_of_its_task() {
    let config = Config::parse(TASKS, "tasks.toml", with_keys).unwrap();
    let sim = Sim::new(Api::Anthropic).with_script(Script::parse("").unwrap());
    let http = outlast::providers::http_service(sim.service());
    let client = Client::from_config_with_http(&config, http).unwrap();
    assert!(client.has_model("auto"));
    let poem = ChatRequest::user("Write a poem about autumn.").with_model("auto");
    let reply = client.chat(poem).await.unwrap();
    assert_eq!(
        reply.meta().target().to_string(),
        "anthropic/claude-sonnet-4-5"
    );
}

#[test]
fn what_is_wrong_with_a_route_by_task_is_named() {
    let text = r#"
[account.a]
kind = "openai-compatible"
base_url = "https://a.example/v1"
[route.simple]
targets = ["a/m"]
[route.one]
task = "auto"
[route.two]
task = "manual"
otherwise = "simpel"
tasks = { codding = "simple", batch = "bulk", fast = 7 }
confidence = 101
"#;
    let error = Config::parse(text, "outlast.toml", |_| None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "outlast.toml:7:1: a route by task needs one for all else: `otherwise = \"simple\"`\n\
         outlast.toml:10:8: unknown value \"manual\" of `task`: there is only `auto`\n\
         outlast.toml:11:13: there is no route `simpel`: did you mean `simple`?\n\
         outlast.toml:12:11: unknown task `codding`: did you mean `coding`?\n\
         outlast.toml:12:39: there is no route `bulk`: there is only `simple`\n\
         outlast.toml:12:54: `fast` must be the name of a route, in quotes\n\
         outlast.toml:13:14: `confidence` must be a whole number from 0 to 100, and is 101"
    );
}
