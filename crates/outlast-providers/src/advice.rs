//! What can be done about a failure: which key, which address, which name to look at.

use std::sync::{Arc, OnceLock};

use outlast_types::names::nearest;
use outlast_types::{Error, ErrorKind, ModelInfo};

use crate::UpstreamUrl;

/// What an account knows of itself that helps to mend it. Cloning it copies pointers.
#[derive(Clone, Debug)]
pub(crate) struct Advice {
    account: Arc<str>,
    base_url: UpstreamUrl,
    key_source: Option<Arc<str>>,
    models: KnownModels,
}

/// The names of an account's models, once they were listed: shared by the account, its clones and its targets.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownModels(Arc<OnceLock<Vec<String>>>);

impl KnownModels {
    /// Keeps the names of a whole list; the first one is kept for good.
    pub(crate) fn learn(&self, models: &[ModelInfo]) {
        self.0.get_or_init(|| {
            let names = models.iter();
            names
                .flat_map(|model| std::iter::once(&model.id).chain(&model.aliases))
                .cloned()
                .collect()
        });
    }

    fn names(&self) -> Option<&[String]> {
        self.0.get().map(Vec::as_slice)
    }
}

impl Advice {
    pub(crate) fn new(
        account: Arc<str>,
        base_url: UpstreamUrl,
        key_source: Option<Arc<str>>,
        models: KnownModels,
    ) -> Self {
        Self {
            account,
            base_url,
            key_source,
            models,
        }
    }

    /// Adds to a failure of a call to `model` what can be done about it, if anything can.
    pub(crate) fn add_to(&self, error: Error, model: &str) -> Error {
        let advice = match error.kind() {
            ErrorKind::Unauthenticated => Some(self.about_key()),
            ErrorKind::ModelNotFound => Some(self.about_model(model)),
            ErrorKind::Connect if self.base_url.is_loopback() => {
                Some(format!("is it running at {}?", self.base_url))
            }
            ErrorKind::Connect | ErrorKind::Tls => {
                Some(format!("check the base URL {}", self.base_url))
            }
            _ => None,
        };
        match advice {
            Some(advice) => error.with_advice(advice),
            None => error,
        }
    }

    fn about_key(&self) -> String {
        let (account, base_url) = (&self.account, &self.base_url);
        match &self.key_source {
            Some(source) => {
                format!(
                    "check {source}: it is sent to {base_url} as the key of account `{account}`"
                )
            }
            None => format!("check the key of account `{account}` for {base_url}"),
        }
    }

    fn about_model(&self, model: &str) -> String {
        let account = &self.account;
        let Some(names) = self.models.names() else {
            return format!("check the name in the list of models of account `{account}`");
        };
        match nearest(model, names.iter().map(String::as_str)) {
            Some(name) if name != model => format!("did you mean `{name}`?"),
            _ => format!(
                "account `{account}` at {} has no model like it",
                self.base_url
            ),
        }
    }
}
