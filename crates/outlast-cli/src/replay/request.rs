//! A recorded request, read by the server's side of its protocol and written by the client's side again.

use bytes::Bytes;
use outlast_types::{CountRequest, EmbeddingRequest, Error, ErrorKind, Mode};
use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};
use outlast_wire::bedrock::{self, BedrockConverse, BedrockServer, ModelPath, Operation};
use outlast_wire::cohere::{self, CohereChat};
use outlast_wire::completions::{self, Completions};
use outlast_wire::gemini::{Gemini, GeminiServer};
use outlast_wire::ollama::{self, OllamaChat};
use outlast_wire::openai::{Dialect, OpenAiChat, OpenAiServer, StreamUsage};
use outlast_wire::responses::{OpenAiResponses, ResponsesServer};
use outlast_wire::{ClientCodec, EncodeOptions, Incoming, ServerCodec, UnaryCodec};
use serde::Serialize;
use serde_json::Value;

use super::Exchange;
use super::difference::difference;
use super::spoken::Spoken;

/// What became of a request that was read and written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It is the same JSON, the order of fields aside.
    Equal,
    /// It is other JSON.
    Different,
    /// It cannot be read, and the provider refused it too.
    Refused,
    /// Its protocol has no codec that reads requests.
    NotReEncoded,
    /// It is not in the recording, or not whole.
    NotRecorded,
}

/// A verdict, and where or why.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    #[serde(rename = "request")]
    pub(crate) verdict: Verdict,
    #[serde(rename = "request_note", skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

impl Comparison {
    fn new(verdict: Verdict, note: impl Into<String>) -> Self {
        Self {
            verdict,
            note: Some(note.into()),
        }
    }
}

/// Reads the request of an exchange, writes it again and compares.
pub(super) fn compare(exchange: &Exchange, spoken: Spoken) -> Comparison {
    let body = match exchange.request() {
        Ok(body) => body,
        Err(why) => return Comparison::new(Verdict::NotRecorded, why),
    };
    let Ok(recorded) = serde_json::from_slice::<Value>(&body) else {
        return Comparison::new(Verdict::NotReEncoded, "the request is not JSON");
    };
    match again(exchange, spoken, &body) {
        Written::Body(written) => judge(&recorded, &written),
        Written::Nothing(why) => Comparison::new(Verdict::NotReEncoded, why),
        Written::Failed(error) => Comparison::new(
            if exchange
                .status()
                .is_some_and(|status| status.is_client_error())
            {
                Verdict::Refused
            } else {
                Verdict::Different
            },
            format!("cannot be read or written: {error}"),
        ),
    }
}

fn judge(recorded: &Value, written: &Value) -> Comparison {
    match difference(recorded, written) {
        None => Comparison {
            verdict: Verdict::Equal,
            note: None,
        },
        Some(place) => Comparison::new(
            Verdict::Different,
            place.trim_start_matches(['.', ':']).trim_start(),
        ),
    }
}

/// What the codecs wrote.
enum Written {
    Body(Value),
    /// Nothing, and why.
    Nothing(&'static str),
    Failed(Error),
}

impl From<Result<Value, Error>> for Written {
    fn from(result: Result<Value, Error>) -> Self {
        result.map_or_else(Self::Failed, Self::Body)
    }
}

fn again(exchange: &Exchange, spoken: Spoken, body: &Bytes) -> Written {
    match spoken {
        Spoken::OpenAiChat => {
            // The request as it came, also where an account's dialect would ask for more.
            let dialect = Dialect::new().with_stream_usage(StreamUsage::AsWritten);
            let incoming = OpenAiServer::new().decode_request(body);
            write(incoming, &OpenAiChat::new(dialect)).into()
        }
        Spoken::Completions => write(completions::decode_request(body), &Completions::new()).into(),
        Spoken::Messages => messages(exchange, body).into(),
        Spoken::Cohere => write(cohere::decode_request(body), &CohereChat::new()).into(),
        Spoken::CohereOlder => {
            Written::Nothing("requests in Cohere's older format are neither read nor written")
        }
        Spoken::Ollama => write(ollama::decode_request(body), &OllamaChat::new()).into(),
        Spoken::Responses => {
            let incoming = ResponsesServer::default().decode_request(body);
            write(incoming, &OpenAiResponses::default()).into()
        }
        Spoken::Gemini => match GeminiServer::for_path(exchange.address().path()) {
            Some(server) => write(server.decode_request(body), &Gemini::new()).into(),
            None => Written::Nothing("the address is none that asks for a reply"),
        },
        Spoken::Interactions => {
            Written::Nothing("requests in this format are neither read nor written")
        }
        Spoken::Converse => match BedrockServer::for_path(exchange.address().path()) {
            Some(server) => write(server.decode_request(body), &BedrockConverse::new()).into(),
            None => Written::Nothing("the address is none that asks for a reply"),
        },
        Spoken::Invoke if is_messages(body) => messages(exchange, body).into(),
        Spoken::Invoke => Written::Nothing("requests in this vendor's format are not read"),
        Spoken::Document(_) => beside_chat(exchange, body),
    }
}

/// Writes a request for vectors or for a count of tokens, in the formats whose server's side reads one.
fn beside_chat(exchange: &Exchange, body: &Bytes) -> Written {
    let address = exchange.address();
    if address.ends_with("/embeddings") {
        let request = OpenAiServer::new().decode_embeddings(body);
        return without_empty_model(write_unary(
            request,
            |request: &EmbeddingRequest| request.model.as_str(),
            &OpenAiChat::default(),
        ))
        .into();
    }
    if address.ends_with("/messages/count_tokens") {
        let request = AnthropicServer::new().decode_count(body);
        return write_unary(request, asked, &AnthropicMessages::new()).into();
    }
    let path = ModelPath::parse(address.path());
    match path.filter(|path| path.operation() == Operation::CountTokens) {
        Some(path) => match bedrock::decode_count(&path, body) {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                Written::Nothing("a request in a vendor's own format is not read")
            }
            request => write_unary(request, asked, &BedrockConverse::new()).into(),
        },
        None => Written::Nothing("no codec reads requests of this kind"),
    }
}

/// Returns the model whose tokens are counted.
fn asked(request: &CountRequest) -> &str {
    &request.0.model
}

fn write_unary<Q>(
    request: Result<Q, Error>,
    model: impl Fn(&Q) -> &str,
    client: &impl UnaryCodec<Q>,
) -> Result<Value, Error> {
    let request = request?;
    let options = EncodeOptions {
        model: model(&request),
        mode: Mode::Unary,
        provider: "",
    };
    let encoded = client.encode_unary(&request, &options)?;
    Ok(serde_json::from_slice(encoded.request.body()).unwrap_or_default())
}

/// Azure names the deployment in the address: a request may have no model.
fn without_empty_model(written: Result<Value, Error>) -> Result<Value, Error> {
    let mut written = written?;
    if let Some(fields) = written.as_object_mut()
        && fields.get("model").is_some_and(|model| model == "")
    {
        fields.remove("model");
    }
    Ok(written)
}

fn write(incoming: Result<Incoming, Error>, client: &impl ClientCodec) -> Result<Value, Error> {
    let incoming = incoming?;
    let options = EncodeOptions {
        model: &incoming.request.model,
        mode: incoming.mode,
        provider: "",
    };
    let encoded = client.encode(&incoming.request, &options)?;
    Ok(serde_json::from_slice(encoded.request.body()).unwrap_or_default())
}

/// Claude's requests on Bedrock say which version of Messages they are in.
fn is_messages(body: &Bytes) -> bool {
    let fields: Option<serde_json::Map<String, Value>> = serde_json::from_slice(body).ok();
    fields.is_some_and(|fields| {
        fields.contains_key("anthropic_version") && fields.contains_key("messages")
    })
}

/// Writes a Messages request; clouds that resell the models name the model in the address and not in the body.
fn messages(exchange: &Exchange, body: &Bytes) -> Result<Value, Error> {
    let again = |body: &Bytes| {
        let incoming = AnthropicServer::new().decode_request(body);
        write(incoming, &AnthropicMessages::new())
    };
    let fields: Option<serde_json::Map<String, Value>> = serde_json::from_slice(body).ok();
    let (Some(mut fields), Some(model)) = (fields, exchange.address().model()) else {
        return again(body);
    };
    if fields.contains_key("model") {
        return again(body);
    }
    fields.insert("model".to_owned(), Value::from(model));
    let mut written = again(&Bytes::from(Value::Object(fields).to_string()))?;
    if let Some(fields) = written.as_object_mut() {
        fields.remove("model");
    }
    Ok(written)
}
