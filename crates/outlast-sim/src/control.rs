//! The simulator's own endpoint, below `/__sim`.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;

use crate::log::CallRecord;
use crate::{Api, Script, Sim};

/// Where the paths of the control endpoint begin.
pub(crate) const PREFIX: &str = "/__sim";

/// Answers a request to the control endpoint; `None` if it is none.
///
/// It is not logged, needs no key, and no fault touches it.
pub(crate) fn answer(sim: &Sim, request: &http::Request<Bytes>) -> Option<http::Response<Bytes>> {
    let path = request.uri().path().strip_prefix(PREFIX)?;
    Some(match (path, request.method()) {
        ("/script", &Method::PUT) => put_script(sim, request.body()),
        ("/log", &Method::GET) => json(
            StatusCode::OK,
            &LogPage {
                api: sim.api(),
                calls: sim.log(),
            },
        ),
        ("/log", &Method::DELETE) => {
            sim.clear_log();
            no_content()
        }
        ("/script" | "/log", _) => failure(
            StatusCode::METHOD_NOT_ALLOWED,
            "use PUT /__sim/script, GET /__sim/log or DELETE /__sim/log".to_owned(),
        ),
        _ => failure(
            StatusCode::NOT_FOUND,
            "there are only /__sim/script and /__sim/log here".to_owned(),
        ),
    })
}

#[derive(Serialize)]
struct LogPage {
    api: Api,
    calls: Vec<CallRecord>,
}

#[derive(Serialize)]
struct Failure {
    error: String,
}

fn put_script(sim: &Sim, body: &Bytes) -> http::Response<Bytes> {
    let Ok(toml) = std::str::from_utf8(body) else {
        return failure(
            StatusCode::BAD_REQUEST,
            "the script is not UTF-8".to_owned(),
        );
    };
    match Script::parse(toml) {
        Ok(script) => {
            sim.set_script(script);
            no_content()
        }
        Err(error) => failure(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

fn failure(status: StatusCode, error: String) -> http::Response<Bytes> {
    json(status, &Failure { error })
}

fn no_content() -> http::Response<Bytes> {
    let mut reply = http::Response::new(Bytes::new());
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

fn json(status: StatusCode, body: &impl Serialize) -> http::Response<Bytes> {
    // Plain structs of strings and numbers always have a text.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut reply = http::Response::new(Bytes::from(body));
    *reply.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json");
    reply
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    reply
}
