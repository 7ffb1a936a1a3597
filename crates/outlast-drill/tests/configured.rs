//! Configurations, rehearsed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use outlast::Config;
use outlast_drill::{Configured, DrillError, Figures, Policy, Scenario, play};

const ALL_KINDS: &str = r#"
    [account.openai]
    api = "responses"
    [account.fireworks]
    [account.own]
    kind = "openai-compatible"
    base_url = "https://proxy.example/v1beta/openai"
    [account.azure-openai]
    resource = "contoso"
    deployments = true
    api_version = "2024-10-21"
    [account.gemini]
    [account.vertex]
    project = "my-project-123"
    api_key = { env = "TOKEN" }
    [account.bedrock]
    region = "eu-west-1"
    api_key = { env = "TOKEN" }
    [account.anthropic]
"#;

fn config(routes: &str) -> Config {
    let text = format!("{ALL_KINDS}\n{routes}");
    Config::parse(&text, "outlast.toml", |_| Some("sk-stand-in".to_owned())).unwrap()
}

fn hard() -> Scenario {
    Scenario::parse(
        r#"
        name = "short"
        title = "A short one."
        requests_per_second = 1
        lasts = "4m"
        outage = { from = "1m", until = "3m" }
        [[provider]]
        name = "a"
        api = "openai"
        model = "m"
        script = { rule = [{ from = "1m", until = "3m", status = 503 }] }
        [[provider]]
        name = "b"
        api = "anthropic"
        model = "m"
        "#,
    )
    .unwrap()
}

fn figures(config: Config, route: Option<&str>) -> Figures {
    let policy = Policy::Configured(Configured::new(config, route).unwrap());
    let run = play(&hard(), &policy, |_| {}).unwrap();
    Figures::of(&hard(), &run)
}

#[test]
fn every_kind_of_account_can_be_the_one_that_fails() {
    for primary in [
        "openai/m",
        "fireworks/m",
        "own/m",
        "azure-openai/m",
        "gemini/m",
        "vertex/gemini-m",
        "vertex/claude-m",
        "vertex/meta/m",
        "bedrock/m",
    ] {
        let route = format!("[route.default]\ntargets = [\"{primary}\", \"anthropic/m\"]");
        let figures = figures(config(&route), None);
        assert_eq!(figures.policy, "config");
        assert_eq!(figures.user_errors, 0, "{primary}: {figures:?}");
        assert!(
            figures.primary_calls_in_outage > 0,
            "{primary}: {figures:?}"
        );
        assert!(
            figures.first_primary_traffic_after_ms.is_some(),
            "{primary}: {figures:?}"
        );
    }
}

#[test]
fn a_fallback_behind_the_same_host_fails_with_the_primary() {
    let figures = figures(
        config("[route.default]\ntargets = [\"openai/m\", \"openai/mini\"]"),
        None,
    );
    assert!(
        figures.user_errors >= figures.requests_in_outage,
        "{figures:?}"
    );
}

#[test]
fn a_route_is_named_and_its_policy_is_heeded() {
    let routes = "[route.alone]\ntargets = [\"openai/m\"]\npolicy = { attempts = 1 }\n\
                  [route.both]\ntargets = [\"openai/m\", \"gemini/m\"]";
    assert_eq!(figures(config(routes), Some("both")).user_errors, 0);
    let alone = figures(config(routes), Some("alone"));
    assert!(alone.user_errors >= alone.requests_in_outage, "{alone:?}");
    let wrong = Configured::new(config(routes), Some("other")).unwrap_err();
    let expect = DrillError::NoRoute("other".to_owned(), "alone, both".to_owned());
    assert_eq!(wrong, expect);
}
