//! Models that are asked one by one how many tokens a short request has: it costs nothing, and who counts could answer.
//!
//! At Vertex AI the lists of models are the publishers' and not the project's: they tell neither whether the project may
//! use a model nor whether the location has it.

use outlast::providers::Account;
use outlast::{ChatRequest, ErrorKind};

use super::report::{Finding, ModelFinding};

/// Asks each of `models`.
pub(super) async fn count_each(account: &Account, models: &[String]) -> Vec<ModelFinding> {
    let mut findings = Vec::new();
    for model in models {
        findings.push(ModelFinding {
            model: model.clone(),
            finding: count(account, model).await,
            nearest: None,
        });
    }
    findings
}

async fn count(account: &Account, model: &str) -> Finding {
    match account.count_tokens(model, ChatRequest::user("Hi")).await {
        Ok(_) => Finding::good(),
        Err(error) if error.kind() == ErrorKind::ModelNotFound => Finding::wrong(format!(
            "the project has no such model in this location: {error}"
        )),
        Err(error) => Finding::not_checked(error.to_string()),
    }
}
