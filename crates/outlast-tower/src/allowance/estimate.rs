use outlast_types::ChatRequest;

/// How many bytes of text are taken for a token.
const BYTES_PER_TOKEN: u64 = 4;

/// How many tokens an answer is taken to have that nobody limits.
const USUAL_OUTPUT: u64 = 500;

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
        let output = chat.max_output_tokens.unwrap_or(USUAL_OUTPUT);
        chat.input_bytes()
            .div_ceil(BYTES_PER_TOKEN)
            .saturating_add(output)
    }
}
