//! Where an account's models are found, and the format each speaks.

use crate::{Api, UpstreamUrl, vertex};

/// Where an account's models are found below its base URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// All in one place: the format says which model is asked, in the path or in the body.
    #[default]
    Flat,
    /// Each below `/deployments/{model}`; but all in one place for OpenAI's Responses, as Azure has it
    /// (<https://learn.microsoft.com/azure/ai-foundry/openai/reference-preview>).
    Deployments,
    /// Each at its publisher, as Vertex AI has it: whose model it is tells the format, too.
    Publishers,
}

impl Layout {
    /// Returns where the model is and what it speaks, at an account at `base_url` that speaks `api`.
    pub(crate) fn locate(
        self,
        base_url: &UpstreamUrl,
        api: Api,
        model: &str,
    ) -> (UpstreamUrl, Api) {
        match (self, api) {
            (Self::Flat, _) | (Self::Deployments, Api::OpenAiResponses(_)) => {
                (base_url.clone(), api)
            }
            (Self::Deployments, _) => (base_url.below(&["deployments", model]), api),
            (Self::Publishers, _) => vertex::locate(base_url, model),
        }
    }

    /// Returns where the lists of an account's models are.
    pub(crate) fn catalogs(self, base_url: &UpstreamUrl) -> Vec<UpstreamUrl> {
        match self {
            Self::Flat | Self::Deployments => vec![base_url.clone()],
            Self::Publishers => vertex::catalogs(base_url).to_vec(),
        }
    }

    /// Returns where the list is that would have `model`; the first one, if it has no name.
    pub(crate) fn catalog_of(self, base_url: &UpstreamUrl, model: &str) -> UpstreamUrl {
        match self {
            Self::Flat | Self::Deployments => base_url.clone(),
            Self::Publishers => vertex::catalog_of(base_url, model),
        }
    }
}
