//! The configuration file: what it means, and what is said when it is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

use std::fmt::Write;
use std::time::Duration;

use outlast::config::{Config, ConfigError};
use outlast::tower::ResumeMode;
use outlast::{OnUnsupported, TargetId};
use secrecy::ExposeSecret;

/// The environment of the tests: two keys, one of them empty.
fn env(name: &str) -> Option<String> {
    match name {
        "KEY" | "ANTHROPIC_API_KEY" => Some("sk-canary-0123456789".to_owned()),
        "EMPTY" => Some(String::new()),
        "BROKEN" => Some("sk-canary\r\nx-evil: 1".to_owned()),
        _ => None,
    }
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, "outlast.toml", env)
}

fn id(text: &str) -> TargetId {
    TargetId::parse(text).unwrap()
}

const SMALLEST: &str = r#"
[account.anthropic]
[route.default]
targets = ["anthropic/claude-sonnet-4-5"]
"#;

#[test]
fn a_known_kind_needs_nothing_but_its_key_in_the_usual_variable() {
    let config = parse(SMALLEST).unwrap();
    let account = &config.accounts[0];
    assert_eq!(account.preset.name, "anthropic");
    assert_eq!(account.base_url.to_string(), "https://api.anthropic.com/v1");
    assert!(account.key.is_some());
    assert_eq!(
        config.routes[0].targets,
        [id("anthropic/claude-sonnet-4-5")]
    );
}

#[test]
fn a_route_changes_the_policy_for_itself_only() {
    let config = parse(
        r#"
        [account.anthropic]
        [policy]
        attempts = 3
        on_unsupported = "error"
        timeout = { idle = "10s" }
        [route.a]
        targets = ["anthropic/x"]
        policy = { resume = "off", on_unsupported = "ignore", timeout = { first_token = "1s 500ms" } }
        [route.b]
        targets = ["anthropic/x"]
        "#,
    )
    .unwrap();
    let (a, b) = (&config.routes[0].policy, &config.routes[1].policy);
    assert_eq!((a.attempts, b.attempts), (3, 3));
    assert_eq!((a.resume, b.resume), (ResumeMode::Off, ResumeMode::Text));
    let ways = (a.on_unsupported, b.on_unsupported);
    assert_eq!(ways, (OnUnsupported::Ignore, OnUnsupported::Error));
    let limit = Duration::from_millis(1500);
    assert_eq!(a.timeout.first_token, outlast::FirstToken::from(limit));
    assert_eq!(a.timeout.idle, Duration::from_secs(10));
    assert_eq!(b.timeout.first_token, outlast::FirstToken::Auto);
}

#[test]
fn a_fallback_adds_the_other_routes_targets_each_once() {
    let config = parse(
        r#"
        [account.anthropic]
        [route.first]
        targets = ["anthropic/a"]
        fallback = "second"
        [route.second]
        targets = ["anthropic/b", "anthropic/a"]
        fallback = "third"
        [route.third]
        targets = ["anthropic/c"]
        "#,
    )
    .unwrap();
    let expect = [id("anthropic/a"), id("anthropic/b"), id("anthropic/c")];
    assert_eq!(config.routes[0].targets, expect);
}

#[test]
fn keys_come_from_files_beside_the_configuration() {
    let folder = tempfile();
    std::fs::write(folder.join("key"), "sk-from-file\n").unwrap();
    let text = r#"
        [account.deepseek]
        api_key = { file = "key" }
        [route.default]
        targets = ["deepseek/deepseek-chat"]
        "#;
    let file = folder.join("outlast.toml");
    std::fs::write(&file, text).unwrap();
    let config = Config::load(&file);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(config.unwrap().accounts[0].key.is_some());
}

fn tempfile() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("outlast-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load("no/such/outlast.toml").unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("no/such/outlast.toml: the file cannot be read: "),
        "{text}"
    );
}

#[test]
fn no_key_shows_in_a_configuration_or_in_its_errors() {
    let literal = r#"
        [account.anthropic]
        api_key = "sk-canary-literal"
        allow_literal_key = true
        [route.default]
        targets = ["anthropic/x"]
        [gateway]
        keys = [{ name = "app", key = { env = "KEY" } }]
        "#;
    let config = parse(literal).unwrap();
    assert!(!format!("{config:?} {:?}", config.warnings()).contains("canary"));

    let refused = literal.replace(
        "allow_literal_key = true",
        "timeout = \"sk-canary-misplaced\"",
    );
    let error = parse(&refused).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    let broken = literal.replace("\"sk-canary-literal\"", "{ env = \"BROKEN\" }");
    let error = parse(&broken).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
}

/// What can be wrong, and a file in which it is.
const MISTAKES: &[(&str, &str)] = &[
    ("not TOML", "[account.anthropic\nx = "),
    ("an empty file", ""),
    (
        "unknown fields",
        r#"
[account.anthropic]
base_ulr = "https://x.example"
[route.default]
targets = ["anthropic/x"]
weights = [1]
[policies]
[policy]
timeout = { frist_token = "1s" }
"#,
    ),
    (
        "an unknown kind",
        r#"
[account.a]
kind = "opnai"
[account.deepseak]
[account.b]
kind = "openai-compatible"
[route.default]
targets = ["a/x"]
"#,
    ),
    (
        "bad addresses",
        r#"
[account.anthropic]
base_url = "api.anthropic.com"
[account.openai]
base_url = "https://sk-canary@api.openai.com"
api_key = { env = "KEY" }
[account.deepseek]
base_url = "ftp://x?key=1"
api_key = { env = "KEY" }
[route.default]
targets = ["anthropic/x"]
"#,
    ),
    (
        "OpenAI's two formats",
        r#"
[account.openai]
api_key = { env = "KEY" }
api = "respones"
[account.xai]
api_key = { env = "KEY" }
api = "messages"
[account.anthropic]
api = "chat"
[route.default]
targets = ["openai/x"]
"#,
    ),
    (
        "resources at Azure",
        r#"
[account.azure-openai]
api_key = { env = "KEY" }
[account.b]
kind = "azure-openai"
resource = "contoso/../evil"
deployments = true
api_key = { env = "KEY" }
[account.c]
kind = "azure-openai"
resource = "contoso"
base_url = "https://contoso.openai.azure.com"
api_version = "2024-10-21"
[account.d]
kind = "azure-openai"
base_url = "https://contoso.openai.azure.com/openai/v1"
deployments = true
api_version = "2024-10-21"
api_key = { env = "KEY" }
[account.openai]
resource = "contoso"
api_key = { env = "KEY" }
[route.default]
targets = ["b/x"]
"#,
    ),
    (
        "applications at Azure",
        r#"
[account.azure-openai]
resource = "contoso"
tenant = "t"
client_secret = { env = "NO_SUCH_VARIABLE" }
[account.b]
kind = "azure-openai"
resource = "contoso"
tenant = "t"
client_id = 7
client_secret = "canary"
api_key = { env = "KEY" }
[account.c]
kind = "azure-openai"
resource = "contoso"
tennant = "t"
[route.default]
targets = ["b/x"]
"#,
    ),
    (
        "keys that are not there",
        r#"
[account.openai]
[account.deepseek]
api_key = { env = "NO_SUCH_VARIABLE" }
[account.groq]
api_key = { file = "no/such/file" }
[account.mistral]
api_key = "sk-canary"
[account.xai]
api_key = { env = "KEY", file = "key" }
[account.together]
api_key = { evn = "KEY" }
[account.cerebras]
api_key = { env = "EMPTY" }
[account.perplexity]
api_key = { env = "BROKEN" }
[route.default]
targets = ["openai/x"]
"#,
    ),
    (
        "targets",
        r#"
[account.anthropic]
[route.default]
targets = ["antropic/x", "no-slash", 7, "anthropic/x", "anthropic/x"]
[route.empty]
targets = []
[route.none]
[route."a/b"]
targets = ["anthropic/x"]
"#,
    ),
    (
        "strategies",
        r#"
[account.anthropic]
[route.a]
targets = ["anthropic/x"]
strategy = "cheapest"
[route.b]
targets = ["anthropic/x"]
strategy = "magic"
[route.c]
targets = ["anthropic/x"]
strategy = "ordered"
sticky = "key"
weights = { "anthropic/x" = 2 }
[route.d]
targets = ["anthropic/x"]
strategy = "weighted"
weights = { "anthropic/y" = 2, "anthropic/x" = -1 }
[route.d.on]
context_to_long = ["anthropic/y"]
content_policy = "anthropic/y"
rate_limited = ["antropic/y"]
"#,
    ),
    (
        "facts of targets",
        r#"
[account.anthropic]
[route.a]
targets = ["anthropic/x"]
[target.x]
price = { input = 1 }
[target."antropic/x"]
price = { input = -1, output = "2" }
[target."anthropic/x"]
context_tokens = 0
cannot = ["tool", 7]
limit = 7
"#,
    ),
    (
        "fallbacks",
        r#"
[account.anthropic]
[route.self]
targets = ["anthropic/x"]
fallback = "self"
[route.one]
targets = ["anthropic/x"]
fallback = "two"
[route.two]
targets = ["anthropic/y"]
fallback = "three"
[route.three]
targets = ["anthropic/z"]
fallback = "one"
[route.into]
targets = ["anthropic/x"]
fallback = "one"
[route.lost]
targets = ["anthropic/x"]
fallback = "tow"
"#,
    ),
    (
        "a policy",
        r#"
[account.anthropic]
[route.default]
targets = ["anthropic/x"]
[route.default.policy]
in_flight = 3
timeout = { connect = "1s" }
[policy]
attempts = 0
calls = -1
patience = "0s"
resume = "txt"
timeout = { total = 30, idle = "-5s", reply = "soon" }
in_flight = 1.5
"#,
    ),
    (
        "the gateway",
        r#"
[account.anthropic]
[route.default]
targets = ["anthropic/x"]
[gateway]
listen = "0.0.0.0:4000"
body_limit = 1
shutdown_grace = "0s"
"#,
    ),
    (
        "the gateway's keys",
        r#"
[account.anthropic]
[route.default]
targets = ["anthropic/x"]
[gateway]
listen = "everywhere"
keys = [
  { name = "app", key = { env = "KEY" } },
  { name = "app", key = "sk-canary" },
  { key = { env = "KEY" } },
  "sk-canary",
]
"#,
    ),
    (
        "types",
        r#"
account = 1
route = ["x"]
gateway = "x"
"#,
    ),
    (
        "alerts",
        r#"
[account.anthropic]
[route.default]
targets = ["anthropic/x"]
[alert.oncall]
[alert.pager]
kind = "pagerdutty"
routing_key = "0123456789"
[alert.pagerduty]
routing_key = "0123456789"
[alert.slack]
webhook_url = { env = "ANTHROPIC_API_KEY" }
channel = "general"
[alert.webhook]
url = "http://ops.example.com/hook"
secret = { env = "HOOK_SECRET" }
[monitor]
probe_every = "0s"
probes = true
"#,
    ),
];

#[test]
fn every_mistake_is_named_with_its_line_and_the_way_out() {
    let mut page = String::new();
    for (what, text) in MISTAKES {
        let error = parse(text).expect_err(what);
        writeln!(page, "== {what}").unwrap();
        for (number, line) in text.lines().enumerate() {
            writeln!(page, "{:>3} | {line}", number + 1).unwrap();
        }
        writeln!(page, "{error}\n").unwrap();
    }
    assert!(
        !page
            .lines()
            .any(|line| line.starts_with("outlast.toml") && line.contains("canary"))
    );
    insta::assert_snapshot!(page);
}

#[test]
fn warnings_name_targets_that_fail_together() {
    let config = parse(
        r#"
        [account.anthropic]
        [account.again]
        kind = "anthropic"
        api_key = { env = "KEY" }
        [account.rack]
        kind = "openai-compatible"
        base_url = "http://llm.example:8000/v1"
        api_key = { env = "KEY" }
        [account.desk]
        kind = "ollama"
        [route.default]
        targets = ["anthropic/a", "anthropic/b", "again/a", "rack/x", "desk/x"]
        [route.lonely]
        targets = ["desk/x"]
        [route.same-vectors]
        targets = ["anthropic/nomic-embed-text", "desk/nomic-embed-text:latest"]
        [route.other-vectors]
        targets = ["rack/bge-m3", "desk/nomic-embed-text"]
        "#,
    )
    .unwrap();
    let page: Vec<_> = config.warnings().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(page.join("\n"));
}

/// Reads the accounts of a file where every environment variable but those in `unset` holds its own name.
fn accounts(text: &str, unset: &[&str]) -> Vec<outlast::config::AccountConfig> {
    let env = |name: &str| (!unset.contains(&name)).then(|| name.to_owned());
    let text = format!("{text}\n[route.r]\ntargets = [\"a/x\"]\n");
    let config = Config::parse(&text, "outlast.toml", env).unwrap();
    assert_eq!(config.warnings().len(), 1, "only that there is one target");
    config.accounts
}

#[test]
fn gemini_s_key_is_in_either_of_its_variables() {
    let key_of = |unset: &[&str]| {
        let account = accounts("[account.a]\nkind = \"gemini\"", unset).remove(0);
        assert_eq!(
            account.base_url.to_string(),
            "https://generativelanguage.googleapis.com/v1beta"
        );
        (
            account.key.unwrap().expose_secret().to_owned(),
            account.key_source.unwrap(),
        )
    };
    let check = |unset: &[&str], variable: &str| {
        let source = format!("the environment variable {variable}");
        assert_eq!(key_of(unset), (variable.to_owned(), source));
    };
    check(&[], "GEMINI_API_KEY");
    check(&["GEMINI_API_KEY"], "GOOGLE_API_KEY");
}

#[test]
fn an_account_at_azure_has_its_form_of_address_and_a_key_or_an_application() {
    let of = |text: &str| {
        accounts(
            &format!("[account.a]\nkind = \"azure-openai\"\n{text}"),
            &[],
        )
        .remove(0)
    };
    let newer = of("resource = \"contoso\"\napi = \"responses\"");
    assert_eq!(
        newer.base_url.to_string(),
        "https://contoso.openai.azure.com/openai/v1"
    );
    assert!(newer.responses && newer.has_secret());
    assert_eq!(
        newer.key_source.unwrap(),
        "the environment variable AZURE_OPENAI_API_KEY"
    );

    let older = of(
        "base_url = \"https://contoso.cognitiveservices.azure.com\"\ndeployments = true\n\
                    api_version = \"2024-10-21\"\ntenant = \"t\"\nclient_id = \"c\"\n\
                    client_secret = { env = \"SECRET\" }",
    );
    assert_eq!(
        older.base_url.to_string(),
        "https://contoso.cognitiveservices.azure.com/openai"
    );
    let azure = older.azure.as_ref().unwrap();
    assert_eq!(azure.api_version.as_deref(), Some("2024-10-21"));
    assert!(older.key.is_none() && azure.entra.is_some() && older.has_secret());
    assert!(!format!("{older:?}").contains("SECRET"));
}

#[test]
fn an_account_at_bedrock_is_in_its_region() {
    let file = |region: &str| {
        format!(
            "[account.bedrock]\n{region}\napi_key = {{ env = \"KEY\" }}\n[route.r]\ntargets = [\"bedrock/amazon.nova-lite-v1:0\"]\n"
        )
    };
    let read = |region: &str| {
        Config::parse(&file(region), "outlast.toml", |_: &str| {
            Some("k".to_owned())
        })
    };
    let config = read("region = \"eu-west-1\"").unwrap();
    let account = &config.accounts[0];
    assert_eq!(account.region.as_deref(), Some("eu-west-1"));
    assert_eq!(
        account.base_url.to_string(),
        "https://bedrock-runtime.eu-west-1.amazonaws.com"
    );
    let error = read("").unwrap_err().to_string();
    assert!(error.contains("needs its region"), "{error}");
    let error = read("region = \"EU\"").unwrap_err().to_string();
    assert!(error.contains("a region is a name such as"), "{error}");
}

#[cfg(feature = "email")]
#[test]
fn an_alert_by_email_names_the_field_that_is_wrong() {
    let check = |fields: &str, expected: &str| {
        let text = format!(
            "[account.anthropic]\n[route.default]\ntargets = [\"anthropic/x\"]\n[alert.email]\n{fields}"
        );
        let error = parse(&text).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    let rest = "from = \"a@example.com\"\nto = [\"b@example.com\"]";
    check(
        &format!("server = \"mail.example.com\"\n{rest}"),
        "outlast.toml:5:10: a mail server must be written `smtps://HOST:PORT`",
    );
    check(
        "server = \"smtps://mail.example.com\"\nfrom = \"a\"\nto = [\"b@example.com\"]",
        "outlast.toml:6:8: `a` is no e-mail address",
    );
    check(
        &format!("server = \"smtps://mail.example.com\"\nuser = \"outlast\"\n{rest}"),
        "outlast.toml:4:1: the alert needs `password = { env = \"NAME\" }`",
    );
}
