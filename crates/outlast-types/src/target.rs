//! Who may serve a request, and what it can do.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::{Need, Needs};

/// Names a target: a model at an account, written `account/model`.
///
/// Cloning it copies two pointers.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetId {
    account: Arc<str>,
    model: Arc<str>,
}

impl TargetId {
    /// Names the target `account/model`.
    pub fn new(account: impl Into<Arc<str>>, model: impl Into<Arc<str>>) -> Self {
        Self {
            account: account.into(),
            model: model.into(),
        }
    }

    /// Reads `account/model`; the model's name may contain further slashes.
    ///
    /// ```
    /// use outlast_types::TargetId;
    ///
    /// let target = TargetId::parse("openrouter/meta-llama/llama-4").unwrap();
    /// assert_eq!((target.account(), target.model()), ("openrouter", "meta-llama/llama-4"));
    /// assert_eq!(TargetId::parse("no-slash"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (account, model) = text.split_once('/')?;
        (!account.is_empty() && !model.is_empty()).then(|| Self::new(account, model))
    }

    /// Returns the account's name.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Returns the model's name as the account knows it.
    pub fn model(&self) -> &str {
        &self.model
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.model.is_empty() {
            // The account itself is asked, as for the list of its models.
            return f.write_str(&self.account);
        }
        write!(f, "{}/{}", self.account, self.model)
    }
}

impl fmt::Debug for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TargetId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// States what a target can do, as data.
///
/// [`Capabilities::default`] is the cautious one: no prefill is made use of, and nothing is known to be lacking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether the model goes on from a last assistant message.
    pub prefill: PrefillSupport,
    /// What it is known to be unable to do: requests that need it go elsewhere. What is not known is tried.
    pub lacks: Needs,
}

impl Capabilities {
    /// Sets [`Capabilities::prefill`].
    pub const fn with_prefill(mut self, prefill: PrefillSupport) -> Self {
        self.prefill = prefill;
        self
    }

    /// Says that requests with this `need` cannot be served.
    pub const fn without(mut self, need: Need) -> Self {
        self.lacks = self.lacks.with(need);
        self
    }
}

/// Tells whether a target continues a last assistant message in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefillSupport {
    /// It refuses one, or answers it with a new message: ask it in words to go on.
    #[default]
    No,
    /// It goes on exactly after the last assistant message.
    Yes,
}
