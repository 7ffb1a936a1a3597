use std::time::Duration;

/// How long the first content of a stream is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FirstToken {
    /// Three times what 99 of 100 calls of the kind took at the target, at least 10 s and at most 2 min; before 20 are
    /// known 12 s, for inputs of more than 8,000 tokens up to 30 s, and where reasoning is asked for 2 min.
    #[default]
    Auto,
    /// This long, whatever the target usually takes.
    Within(Duration),
}

impl FirstToken {
    /// Tells whether nothing could ever be in time.
    pub(crate) fn is_zero(self) -> bool {
        matches!(self, Self::Within(limit) if limit.is_zero())
    }
}

impl From<Duration> for FirstToken {
    fn from(limit: Duration) -> Self {
        Self::Within(limit)
    }
}
