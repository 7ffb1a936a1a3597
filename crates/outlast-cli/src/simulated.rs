//! A client of two simulated providers in memory, for those who have no configuration yet.

use outlast::Client;
use outlast::providers::{AnthropicCompatible, OpenAiCompatible, http_service};
use outlast_sim::{Api, Script, Sim};

use crate::failure::Failure;

/// Answers begin and go on about as fast as a real provider's.
const SCRIPT: &str = r#"
[answer]
words = 60
first_token = "200ms"
gap = "15ms"
"#;

/// Makes the client. Its one route is `default`, and its targets are `primary/sim-gpt` and `fallback/sim-claude`.
pub(crate) fn client() -> Result<Client, Failure> {
    let primary = OpenAiCompatible::at("primary", "http://primary.invalid/v1")
        .map_err(Failure::new)?
        .with_http(http_service(sim(Api::OpenAi)?.service()));
    let fallback = AnthropicCompatible::at("fallback", "http://fallback.invalid/v1")
        .map_err(Failure::new)?
        .with_http(http_service(sim(Api::Anthropic)?.service()));
    Client::builder()
        .target(primary.model("sim-gpt"))
        .target(fallback.model("sim-claude"))
        .build()
        .map_err(Failure::new)
}

fn sim(api: Api) -> Result<Sim, Failure> {
    Ok(Sim::new(api).with_script(Script::parse(SCRIPT).map_err(Failure::new)?))
}
