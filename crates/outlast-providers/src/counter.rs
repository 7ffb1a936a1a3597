//! Token counts as a service, so that layers can stand around it.

use std::sync::Arc;

use outlast_types::{CountRequest, CountResponse, Error};
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use crate::Account;

/// Counts the input tokens of chat requests.
pub type CountService = BoxCloneSyncService<CountRequest, CountResponse, Error>;

impl Account {
    /// Gives out the service that counts tokens as `model` does. Like a target's services it is bare.
    ///
    /// Its calls fail with `ErrorKind::Unsupported` where the format has no such question.
    pub fn counter(&self, model: impl Into<Arc<str>>) -> CountService {
        let (account, model) = (self.clone(), model.into());
        CountService::new(service_fn(move |CountRequest(request)| {
            let (account, model) = (account.clone(), Arc::clone(&model));
            async move {
                let ledger = request.context.ledger.clone();
                let answer = account.count_tokens(&model, request).await?;
                let mut meta = answer.meta;
                meta.ledger = ledger;
                Ok(CountResponse::new(answer.reply, meta))
            }
        }))
    }
}
