use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll};

use outlast_types::{Call, Error, ErrorKind};
use tower_service::Service;

use super::RouteFuture;
use super::nearest::nearest;
use crate::task::AutoRoute;

/// Picks a service by the request's `model`; see [the module](super).
#[derive(Clone, Debug)]
pub struct Route<S> {
    routes: Arc<BTreeMap<String, S>>,
    default: Option<Arc<str>>,
    autos: Arc<BTreeMap<String, AutoRoute>>,
}

impl<S> Route<S> {
    /// Makes a map of services by name, without a default.
    pub fn new(routes: impl IntoIterator<Item = (String, S)>) -> Self {
        Self {
            routes: Arc::new(routes.into_iter().collect()),
            default: None,
            autos: Arc::default(),
        }
    }

    /// Names the route of requests that name none.
    pub fn with_default(mut self, name: impl Into<Arc<str>>) -> Self {
        self.default = Some(name.into());
        self
    }

    /// Adds names that lead to a route by what a chat asks for.
    pub fn with_autos(mut self, autos: impl IntoIterator<Item = (String, AutoRoute)>) -> Self {
        self.autos = Arc::new(autos.into_iter().collect());
        self
    }

    /// Iterates over the names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.routes.keys().map(String::as_str)
    }

    fn find<R: Call>(&self, request: &R) -> Option<&S> {
        let model = request.model();
        let name = match &self.default {
            Some(default) if model.is_empty() => default,
            _ => model,
        };
        match self.autos.get(name) {
            Some(auto) => self.find_by_task(auto, request),
            None => self.routes.get(name),
        }
    }

    fn find_by_task<R: Call>(&self, auto: &AutoRoute, request: &R) -> Option<&S> {
        let Some(chat) = request.chat() else {
            return self.routes.get(auto.otherwise());
        };
        let choice = auto.choose(chat);
        tracing::debug!(
            route = &*choice.route,
            task = choice.guess.task.as_str(),
            confidence = choice.guess.confidence,
            reason = ?choice.reason,
            "a route was chosen by the task"
        );
        self.routes.get(&*choice.route)
    }

    fn unknown(&self, model: &str) -> Error {
        let names = nearest(model, self.names());
        let message = match names.as_slice() {
            [] => "there is no route".to_owned(),
            names if model.is_empty() => format!(
                "the request names no model and there is no default; name one, such as {}",
                quoted(names)
            ),
            names => format!("the nearest names are {}", quoted(names)),
        };
        Error::new(ErrorKind::UnknownModel).with_message(message)
    }
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

impl<S, R> Service<R> for Route<S>
where
    R: Call,
    S: Service<R, Error = Error> + Clone,
{
    type Response = S::Response;
    type Error = Error;
    type Future = RouteFuture<S, R>;

    /// Is always ready: which route it will be is not known yet.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self.find(&request) {
            Some(service) => RouteFuture::found(service.clone(), request),
            None => RouteFuture::unknown(self.unknown(request.model())),
        }
    }
}
