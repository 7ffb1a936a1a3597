//! Accounts at simulated providers.

use outlast::providers::{
    Account, AccountError, AnthropicCompatible, AzureOpenAi, Bedrock, Gemini, OpenAiCompatible,
    UpstreamUrl, Vertex, http_service,
};
use outlast_sim::Sim;

use crate::network::{Network, Paths};
use crate::run::DrillError;
use crate::scenario::{Provider, Speaks};

/// A key, where a platform's accounts need one. Simulated providers let everybody in.
const KEY: &str = "drill";
/// The version of Azure's addresses.
const VERSION: &str = "2024-10-21";

/// Makes the account of a provider of a scenario, which `sims` answer.
pub(crate) fn of(provider: &Provider, sims: Vec<Sim>) -> Result<Account, DrillError> {
    let account = without_transport(provider)
        .map_err(|error| DrillError::Provider(error.to_string()))?
        .with_name(provider.name.as_str());
    let paths = match provider.api {
        Speaks::Azure => Paths::Deployments,
        Speaks::Vertex => Paths::Publishers,
        _ => Paths::Plain,
    };
    let network = Network::new(account.base_url(), paths, sims);
    Ok(account.with_http(http_service(network)))
}

fn without_transport(provider: &Provider) -> Result<Account, AccountError> {
    let name = provider.name.as_str();
    let address = format!("https://{name}.invalid");
    let url = format!("{address}/v1");
    match provider.api {
        Speaks::OpenAi => OpenAiCompatible::at(name, &url),
        Speaks::Responses => OpenAiCompatible::at(name, &url)?.with_responses(),
        Speaks::Anthropic => AnthropicCompatible::at(name, &url),
        Speaks::Gemini => Account::new(&Gemini::PRESET, address.parse()?).with_key(KEY),
        Speaks::Bedrock => Account::new(&Bedrock::PRESET, address.parse()?).with_key(KEY),
        Speaks::Azure => AzureOpenAi::deployments(&address, VERSION)?.with_key(KEY),
        Speaks::Vertex => {
            let service: UpstreamUrl = address.parse()?;
            let base_url = Vertex::base_url_at(&service, "drill", "drill")?;
            Account::new(&Vertex::PRESET, base_url).with_key(KEY)
        }
    }
}
