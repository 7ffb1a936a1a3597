/// What a target's account allows, as its owner knows it. By default nothing is known, and nothing is limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllowanceConfig {
    /// The most requests within any minute, from 1; `None` for no limit.
    pub requests_per_minute: Option<u64>,
    /// The most tokens within any minute, input and output together, from 1; `None` for no limit.
    pub tokens_per_minute: Option<u64>,
}

impl AllowanceConfig {
    /// Sets [`AllowanceConfig::requests_per_minute`].
    pub const fn with_requests_per_minute(mut self, requests: u64) -> Self {
        self.requests_per_minute = Some(requests);
        self
    }

    /// Sets [`AllowanceConfig::tokens_per_minute`].
    pub const fn with_tokens_per_minute(mut self, tokens: u64) -> Self {
        self.tokens_per_minute = Some(tokens);
        self
    }
}
