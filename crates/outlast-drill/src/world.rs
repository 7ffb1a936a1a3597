//! The providers of one run, in memory.

use std::collections::HashMap;
use std::time::Duration;

use outlast::TargetId;
use outlast::config::AccountConfig;
use outlast::providers::{HttpService, Target, http_service};
use outlast_sim::{Api, CallEnd, CallRecord, Sim};

use crate::account;
use crate::configured::Configured;
use crate::network::{Network, Paths};
use crate::record::ProviderCall;
use crate::run::DrillError;
use crate::scenario::{Price, Provider, Scenario};

/// The simulated providers and what leads to them.
pub(crate) struct World {
    sims: Vec<Placed>,
    /// The targets that lead to the scenario's providers, the preferred first.
    pub(crate) targets: Vec<Target>,
    /// Who stands behind each target that users may meet.
    homes: Vec<(TargetId, usize)>,
    /// The ways from the accounts of a configuration, by the accounts' names.
    networks: HashMap<String, Network>,
    prices: Vec<Price>,
    words: usize,
}

/// A simulator that is one of the scenario's providers, or a part of one.
struct Placed {
    provider: usize,
    sim: Sim,
}

impl World {
    /// Makes the providers of the scenario.
    pub(crate) fn of(scenario: &Scenario) -> Result<Self, DrillError> {
        let mut world = Self::empty(scenario);
        for (number, provider) in scenario.providers.iter().enumerate() {
            let sims = world.place(number, provider, provider.api.apis());
            let account = account::of(provider, sims)?;
            let target = account.model(provider.model.as_str());
            world.homes.push((target.id().clone(), number));
            world.targets.push(target);
        }
        Ok(world)
    }

    /// Makes the providers of a configuration. The first host of the route fares as the scenario's first provider does,
    /// the second as its second, and all others as its last.
    pub(crate) fn of_config(
        scenario: &Scenario,
        configured: &Configured,
    ) -> Result<Self, DrillError> {
        let mut world = Self::empty(scenario);
        let last = scenario.providers.len().saturating_sub(1);
        let mut hosts: Vec<(String, Option<u16>)> = Vec::new();
        for account in configured.accounts() {
            let host = (account.base_url.host().to_owned(), account.base_url.port());
            let place = hosts.iter().position(|known| *known == host);
            let number = place.unwrap_or(hosts.len()).min(last);
            if place.is_none() {
                hosts.push(host);
            }
            let provider = scenario.providers.get(number);
            let provider = provider.ok_or(DrillError::NoProvider)?;
            let (paths, apis) = spoken(account);
            let sims = world.place(number, provider, apis);
            let network = Network::new(&account.base_url, paths, sims);
            world.networks.insert(account.name.clone(), network);
            let targets = configured.targets();
            let own = targets.iter().filter(|id| id.account() == account.name);
            world.homes.extend(own.map(|id| (id.clone(), number)));
        }
        Ok(world)
    }

    fn empty(scenario: &Scenario) -> Self {
        let script = scenario.providers.first().map(|provider| &provider.script);
        Self {
            sims: Vec::new(),
            targets: Vec::new(),
            homes: Vec::new(),
            networks: HashMap::new(),
            prices: scenario
                .providers
                .iter()
                .map(|provider| provider.price)
                .collect(),
            words: script.map_or(0, outlast_sim::Script::words),
        }
    }

    /// Sets up the simulators of a provider, one for each format.
    fn place(&mut self, number: usize, provider: &Provider, apis: &[Api]) -> Vec<Sim> {
        let sims = apis.iter().map(|api| {
            let sim = Sim::new(*api).with_script(provider.script.clone());
            Placed {
                provider: number,
                sim,
            }
        });
        let sims: Vec<_> = sims.collect();
        let handles = sims.iter().map(|placed| placed.sim.clone()).collect();
        self.sims.extend(sims);
        handles
    }

    /// Returns the transport of an account of the configuration.
    pub(crate) fn transport(&self, account: &AccountConfig) -> HttpService {
        match self.networks.get(&account.name) {
            Some(network) => http_service(network.clone()),
            None => http_service(Sim::new(Api::OpenAi).service()),
        }
    }

    /// Returns how many words an answer has.
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// Returns the targets that users may meet, each with the number of the provider behind it.
    pub(crate) fn homes(&self) -> &[(TargetId, usize)] {
        &self.homes
    }

    /// Returns the simulators of a provider.
    pub(crate) fn sims_of(&self, provider: usize) -> impl Iterator<Item = &Sim> {
        let own = self
            .sims
            .iter()
            .filter(move |placed| placed.provider == provider);
        own.map(|placed| &placed.sim)
    }

    /// Returns how many calls have not ended.
    pub(crate) fn under_way(&self) -> usize {
        let logs = self.sims.iter().flat_map(|placed| placed.sim.log());
        logs.filter(|call| call.end == CallEnd::UnderWay).count()
    }

    /// Takes the calls that have ended since the last time. `note` learns which question each was about.
    pub(crate) fn take_calls(&self, mut note: impl FnMut(ProviderCall, Option<String>)) {
        for Placed { provider, sim } in &self.sims {
            let price = self.prices.get(*provider).copied().unwrap_or_default();
            for call in sim.take_log() {
                let question = call.question_sha256.clone();
                note(provider_call(*provider, price, &call), question);
            }
        }
    }
}

/// Returns how an account's calls look.
fn spoken(account: &AccountConfig) -> (Paths, &'static [Api]) {
    use outlast::providers::{Api as Format, Layout};

    if account.preset.layout == Layout::Publishers {
        return (
            Paths::Publishers,
            &[Api::Gemini, Api::Anthropic, Api::OpenAi],
        );
    }
    let azure = account.azure.as_ref();
    let paths = match azure.map(|azure| azure.layout) {
        Some(Layout::Deployments) => Paths::Deployments,
        _ => Paths::Plain,
    };
    let apis: &[Api] = match account.preset.api {
        Format::AnthropicMessages(_) => &[Api::Anthropic],
        Format::Gemini(_) => &[Api::Gemini],
        Format::BedrockConverse => &[Api::Bedrock],
        _ => &[Api::OpenAi],
    };
    (paths, apis)
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
