//! Which models an account offers.

use crate::Extra;

/// Asks an account for one page of its models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelsRequest {
    /// Where the page begins: what the page before said ([`ModelPage::next`]); `None` is the beginning.
    pub after: Option<String>,
}

/// Asks an account for what it knows about one model.
///
/// Providers find a model by its aliases too, which their lists may leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelRequest {
    /// The model's name.
    pub id: String,
}

/// One page of the models of an account.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ModelPage {
    /// The models.
    pub models: Vec<ModelInfo>,
    /// What the request for the next page says ([`ModelsRequest::after`]); `None` if this is the last.
    pub next: Option<String>,
}

/// What an account says about one of its models. What it does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The name under which it is asked.
    pub id: String,
    /// Other names under which it can be asked.
    pub aliases: Vec<String>,
    /// Its name for people.
    pub display_name: Option<String>,
    /// How many tokens it can hold.
    pub context_tokens: Option<u64>,
    /// How many tokens an answer can have.
    pub max_output_tokens: Option<u64>,
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// Fields that the vocabulary has no name for.
    pub extra: Option<Extra>,
}

impl ModelsRequest {
    /// Asks for the first page.
    pub fn first() -> Self {
        Self::default()
    }

    /// Asks for the page that begins where another said it would.
    pub fn after(next: impl Into<String>) -> Self {
        Self {
            after: Some(next.into()),
        }
    }
}

impl ModelRequest {
    /// Asks for the model `id`.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

impl ModelPage {
    /// Makes a page of `models`, the last one.
    pub fn new(models: Vec<ModelInfo>) -> Self {
        Self { models, next: None }
    }

    /// Says where the next page begins, if there is one.
    pub fn with_next(mut self, next: Option<String>) -> Self {
        self.next = next;
        self
    }
}

impl ModelInfo {
    /// Names a model of which nothing else is known.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// Tells whether the model can be asked under `name`.
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.aliases.iter().any(|alias| alias == name)
    }
}
