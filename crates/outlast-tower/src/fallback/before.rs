use std::sync::Arc;

use outlast_types::Error;

/// What the streams of this call broke with that the caller has already seen the beginning of, as a value in
/// `context.extensions`.
///
/// [`Fallback`](super::Fallback) asks their targets last, and judges the errors like those of its own walk: after an
/// exhausted quota, no other target of the account is asked.
#[derive(Clone, Debug, Default)]
pub struct BrokenBefore(Arc<Vec<Error>>);

impl BrokenBefore {
    /// Adds what one more stream broke with.
    pub fn with(mut self, error: Error) -> Self {
        Arc::make_mut(&mut self.0).push(error);
        self
    }

    /// Returns the errors, oldest first.
    pub fn errors(&self) -> &[Error] {
        &self.0
    }
}
