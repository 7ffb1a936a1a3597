use outlast_types::ChatRequest;

use crate::tokens;

/// Guesses how many tokens a call will take, before it is made. Closures are estimators.
///
/// It runs once a call and must be quick. A guess that is wrong is put right when the provider has counted.
pub trait Estimate: Send + Sync + 'static {
    /// Returns the tokens of `chat`, those of its answer included.
    fn tokens(&self, chat: &ChatRequest) -> u64;
}

impl<F> Estimate for F
where
    F: Fn(&ChatRequest) -> u64 + Send + Sync + 'static,
{
    fn tokens(&self, chat: &ChatRequest) -> u64 {
        self(chat)
    }
}

/// Takes 4 bytes of input for a token, and adds the most output that is asked for; 500 tokens where that is not said.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByBytes;

impl Estimate for ByBytes {
    fn tokens(&self, chat: &ChatRequest) -> u64 {
        tokens::input(chat).saturating_add(tokens::output(chat))
    }
}
