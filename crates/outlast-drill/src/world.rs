//! The providers of one run, in memory.

use std::time::Duration;

use outlast::providers::{
    Account, AccountError, AnthropicCompatible, OpenAiCompatible, Target, http_service,
};
use outlast_sim::{Api, CallEnd, CallRecord, Sim};

use crate::record::ProviderCall;
use crate::run::DrillError;
use crate::scenario::{Price, Provider, Scenario};

/// The simulated providers and the targets that lead to them, the preferred first.
pub(crate) struct World {
    pub(crate) sims: Vec<Sim>,
    pub(crate) targets: Vec<Target>,
    prices: Vec<Price>,
}

impl World {
    pub(crate) fn of(scenario: &Scenario) -> Result<Self, DrillError> {
        let sims: Vec<_> = scenario.providers.iter().map(sim).collect();
        let pairs = scenario.providers.iter().zip(&sims);
        let targets = pairs
            .map(|(provider, sim)| Ok(account(provider, sim)?.model(provider.model.as_str())))
            .collect::<Result<_, DrillError>>()?;
        Ok(Self {
            targets,
            prices: scenario
                .providers
                .iter()
                .map(|provider| provider.price)
                .collect(),
            sims,
        })
    }

    /// Takes the calls that have ended since the last time. `note` learns which question each was about.
    pub(crate) fn take_calls(&self, mut note: impl FnMut(ProviderCall, Option<String>)) {
        for (provider, (sim, price)) in self.sims.iter().zip(&self.prices).enumerate() {
            for call in sim.take_log() {
                let question = call.question_sha256.clone();
                note(provider_call(provider, *price, &call), question);
            }
        }
    }
}

fn sim(provider: &Provider) -> Sim {
    Sim::new(provider.api).with_script(provider.script.clone())
}

fn account(provider: &Provider, sim: &Sim) -> Result<Account, DrillError> {
    let url = format!("http://{}.invalid/v1", provider.name);
    let account = match provider.api {
        Api::OpenAi => OpenAiCompatible::at(provider.name.as_str(), &url),
        Api::Anthropic => AnthropicCompatible::at(provider.name.as_str(), &url),
        other => return Err(DrillError::Api(other)),
    };
    let account = account.map_err(|error: AccountError| DrillError::Provider(error.to_string()))?;
    Ok(account.with_http(http_service(sim.service())))
}

fn provider_call(provider: usize, price: Price, call: &CallRecord) -> ProviderCall {
    let answered = call.status == Some(200);
    let input = if answered { call.input_tokens } else { 0 };
    ProviderCall {
        provider,
        at: Duration::from_millis(call.at_ms),
        answered: answered && call.end == CallEnd::Complete,
        status: call.status,
        end: call.end,
        cost: price.of(input, call.tokens),
    }
}
