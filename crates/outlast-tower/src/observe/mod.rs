//! Describes each call in a tracing span.
//!
//! [`ObserveLayer`] stands outermost. It opens one span a call, `chat`, polls everything below inside it, and fills it
//! in when the call is over: for a stream at its end, its error or its drop. The fields are those of OpenTelemetry's
//! [conventions for generative AI](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/), so that a
//! subscriber that exports spans needs no translation:
//!
//! | field | says |
//! |---|---|
//! | `gen_ai.operation.name` | `chat` |
//! | `gen_ai.request.model`, `gen_ai.request.max_tokens` | what the caller asked for |
//! | `gen_ai.provider.name` | the account that served the call, or failed last, by its configured name |
//! | `gen_ai.response.model` | the model that answered: the provider's word for it where it is known |
//! | `gen_ai.response.finish_reasons` | why the answer ended, as a list of one |
//! | `gen_ai.usage.input_tokens`, `gen_ai.usage.output_tokens` | the tokens, where the provider said; cached ones included |
//! | `error.type` | the [kind](outlast_types::ErrorKind) of the failure |
//! | `outlast.request_id` | the id the caller knows the call by |
//! | `outlast.stream` | whether a stream was asked for |
//! | `outlast.target` | who began to answer, or failed last |
//! | `outlast.attempts` | how many upstream calls were made |
//! | `outlast.outcome` | `complete`, `failed` or `abandoned` by the caller |
//!
//! Neither the conversation nor a key is ever in it. Where nobody subscribes to the span, nothing is written and the
//! reply is left as it is.
//!
//! The layer counts attempts in the call's ledger, and does not begin a new one: whoever makes the request does.
//!
//! # Examples
//!
//! ```
//! use outlast_tower::ObserveLayer;
//! use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind};
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let mut service = ServiceBuilder::new().layer(ObserveLayer::new()).service_fn(|_: ChatRequest| async {
//!     assert_eq!(tracing::Span::current().metadata().map(|span| span.name()), Some("chat"));
//!     Err::<ChatResponse, _>(Error::new(ErrorKind::Overloaded))
//! });
//!
//! let subscriber = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
//! let _logging = tracing::subscriber::set_default(subscriber);
//! let error = service.ready().await.unwrap().call(ChatRequest::user("Hello?")).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Overloaded);
//! # }
//! ```

mod layer;
mod service;

mod future;
mod span;

pub use self::future::ObserveFuture;
pub use self::layer::ObserveLayer;
pub use self::service::ObserveService;
