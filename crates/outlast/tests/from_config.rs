//! A client made from a file does what the file says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use bytes::Bytes;
use outlast::providers::{HttpService, http_service};
use outlast::{Client, Config};
use tower::{ServiceExt, service_fn};

use self::support::{KEYS, World, ledger_of, question};

const FILE: &str = r#"
[account.a]
kind = "openai-compatible"
base_url = "http://a.sim/v1"
api_key = { env = "KEY_A" }
[account.b]
kind = "anthropic-compatible"
base_url = "http://b.sim/v1"
api_key = { env = "KEY_B" }
[route.careful]
targets = ["a/small"]
fallback = "second"
[route.hasty]
targets = ["a/small"]
fallback = "second"
policy = { attempts = 1 }
[route.second]
targets = ["b/claude-sonnet-4-5"]
"#;

/// Both providers of a world behind one transport, told apart by their hosts.
fn internet(world: &World) -> HttpService {
    let (a, b) = (world.a.service(), world.b.service());
    http_service(service_fn(
        move |request: http::Request<Bytes>| match request.uri().host() {
            Some("a.sim") => a.clone().oneshot(request),
            Some("b.sim") => b.clone().oneshot(request),
            other => panic!("nobody lives at {other:?}"),
        },
    ))
}

fn client(world: &World) -> Client {
    let env = |name: &str| match name {
        "KEY_A" => Some(KEYS[0].to_owned()),
        "KEY_B" => Some(KEYS[1].to_owned()),
        _ => None,
    };
    let config = Config::parse(FILE, "outlast.toml", env).unwrap();
    Client::from_config_with_http(&config, internet(world)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_route_has_its_targets_and_its_policy() {
    let world = World::new("[[rule]]\nstatus = 500", "");
    let client = client(&world);
    let routes: Vec<_> = client.routes().collect();
    assert_eq!(routes, ["careful", "hasty", "second"]);

    let ask = |route: &str| client.chat(question().with_model(route));
    let reply = ask("careful").await.unwrap();
    assert_eq!(ledger_of(&reply), ["a server", "a server", "b served"]);
    assert_eq!(reply.text(), world.text());
    let reply = ask("hasty").await.unwrap();
    assert_eq!(ledger_of(&reply), ["a server", "b served"]);
    let reply = ask("second").await.unwrap();
    assert_eq!(ledger_of(&reply), ["b served"]);
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn a_file_alone_makes_a_client_over_reqwest() {
    let env = |_: &str| Some("sk-0123".to_owned());
    let config = Config::parse(FILE, "outlast.toml", env).unwrap();
    let client = Client::from_config(&config).unwrap();
    assert_eq!(client.targets().len(), 2);
}

const AZURE: &str = r#"
[account.key]
kind = "azure-openai"
resource = "contoso"
api_key = { env = "KEY" }
api = "responses"
[account.app]
kind = "azure-openai"
resource = "contoso"
deployments = true
api_version = "2024-10-21"
tenant = "my-tenant"
client_id = "my-client"
client_secret = { env = "SECRET" }
[route.key]
targets = ["key/my-gpt"]
[route.app]
targets = ["app/my-gpt"]
"#;

#[tokio::test(start_paused = true)]
async fn accounts_at_azure_ask_at_their_addresses_with_key_or_token() {
    let (sender, asked) = std::sync::mpsc::channel();
    let http = http_service(service_fn(move |request: http::Request<Bytes>| {
        let proof = ["api-key", "authorization"]
            .iter()
            .find_map(|name| request.headers().get(*name)?.to_str().ok());
        sender
            .send(format!("{} {}", request.uri(), proof.unwrap_or("-")))
            .unwrap();
        let grant = r#"{"access_token":"token","expires_in":3599}"#;
        let is_login = request.uri().host() == Some("login.microsoftonline.com");
        let (status, body) = if is_login { (200, grant) } else { (400, "{}") };
        let body = http_body_util::Full::new(Bytes::from_static(body.as_bytes()));
        std::future::ready(http::Response::builder().status(status).body(body))
    }));
    let config = Config::parse(AZURE, "outlast.toml", |name| Some(name.to_owned())).unwrap();
    let client = Client::from_config_with_http(&config, http).unwrap();
    for route in ["key", "app"] {
        client.chat(question().with_model(route)).await.unwrap_err();
    }
    let asked: Vec<String> = asked.try_iter().collect();
    insta::assert_snapshot!(asked.join("\n"));
}
