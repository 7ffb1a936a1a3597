//! What `model` may name, for the lists of all protocols.

use bytes::Bytes;
use http::{Response, StatusCode};
use outlast::Client;
use outlast_types::{Error, ErrorKind};
use percent_encoding::percent_decode_str;

use super::Call;
use crate::body::ReplyBody;
use crate::gateway::json_response;

/// Finds one name in the path of a list of models; `None` if there is nothing behind the list.
pub(super) fn name_in_path(rest: &str) -> Option<String> {
    let name = rest.strip_prefix('/').filter(|name| !name.is_empty())?;
    Some(percent_decode_str(name).decode_utf8_lossy().into_owned())
}

impl Call<'_> {
    /// Lists the routes, then the targets.
    pub(super) fn models(self, encode: impl FnOnce(&[&str]) -> Bytes) -> Response<ReplyBody> {
        let names = names(&self.shared.client);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        json_response(StatusCode::OK, encode(&names))
    }

    /// Says of one name that it is known, or that it is not.
    pub(super) fn model(
        self,
        name: &str,
        encode: impl FnOnce(&str) -> Bytes,
    ) -> Result<Response<ReplyBody>, Error> {
        if self.shared.client.has_model(name) {
            return Ok(json_response(StatusCode::OK, encode(name)));
        }
        let message = format!(
            "there is no route or target `{name:.100}`; the list of models has those there are"
        );
        Err(Error::new(ErrorKind::UnknownModel).with_message(message))
    }
}

fn names(client: &Client) -> Vec<String> {
    let routes = client.routes().map(str::to_owned);
    let targets = client.targets();
    let targets = targets.iter().map(|target| target.id.to_string());
    routes.chain(targets).collect()
}
