//! A battery of behaviours that every adapter to a provider should show.
//!
//! An adapter is a pair of services: one that answers [`ChatRequest`]s with a [`ChatResponse`] and one that answers
//! [`StreamRequest`]s with a [`ChatStream`]. A [`Subject`] says how to make the two over an HTTP service, and which
//! format they speak; the battery puts a simulated provider of that format behind them and looks at what they make of
//! it. Each behaviour is one function, to be called alone or by [`all`]; none needs a test framework, a network or a key.
//!
//! What a provider lacks is said in its subject ([`Subject::lacking`]). It is tried all the same: a feature that is
//! declared missing and is there is a failure, too, so that no declaration goes stale.
//!
//! # Examples
//!
//! ```
//! use outlast_sim::Api;
//! use outlast_sim::conformance::{self, Feature, Subject, Wire};
//! use outlast_types::{ChatRequest, ChatResponse, ChatStream, Error, ErrorKind, StreamRequest};
//! use std::future::{Ready, ready};
//! use std::task::{Context, Poll};
//! use tower_service::Service;
//!
//! /// An adapter that was only begun.
//! #[derive(Clone)]
//! struct Begun(Wire);
//!
//! impl Service<ChatRequest> for Begun {
//!     type Response = ChatResponse;
//!     type Error = Error;
//!     type Future = Ready<Result<ChatResponse, Error>>;
//!
//!     fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
//!         Poll::Ready(Ok(()))
//!     }
//!
//!     fn call(&mut self, _: ChatRequest) -> Self::Future {
//!         ready(Err(Error::new(ErrorKind::Unsupported)))
//!     }
//! }
//!
//! impl Service<StreamRequest> for Begun {
//!     type Response = ChatStream;
//!     type Error = Error;
//!     type Future = Ready<Result<ChatStream, Error>>;
//!
//!     fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
//!         Poll::Ready(Ok(()))
//!     }
//!
//!     fn call(&mut self, _: StreamRequest) -> Self::Future {
//!         ready(Err(Error::new(ErrorKind::Unsupported)))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let subject = Subject::new(Api::OpenAi, |wire| (Begun(wire.clone()), Begun(wire)))
//!     .with_key("sk-canary-0123456789")
//!     .lacking(Feature::Images);
//!
//! // One behaviour:
//! let failure = conformance::plain_answers_are_whole(&subject).await.unwrap_err();
//! assert!(failure.to_string().contains("target cannot serve this request"), "{failure}");
//!
//! // All of them; in a test: `conformance::all(&subject).await`, as its result.
//! let failures = conformance::all(&subject).await.unwrap_err();
//! assert!(failures.to_string().starts_with("plain_answers_are_whole: "));
//! # }
//! ```
//!
//! [`ChatRequest`]: outlast_types::ChatRequest
//! [`ChatResponse`]: outlast_types::ChatResponse
//! [`StreamRequest`]: outlast_types::StreamRequest
//! [`ChatStream`]: outlast_types::ChatStream

mod bench;
mod failure;
mod subject;
mod wire;

mod adaptation;
mod answers;
mod content;
mod errors;
mod exchange;
mod reasoning;
mod streams;
mod tools;

use std::future::Future;
use std::pin::Pin;

pub use self::failure::{Failure, Failures, Verdict};
pub use self::subject::{Feature, Subject};
pub use self::wire::Wire;

/// One behaviour of the battery.
#[derive(Clone, Copy)]
struct Behaviour {
    name: &'static str,
    /// What it needs of a provider.
    needs: &'static [Feature],
    run: for<'a> fn(&'a Subject) -> Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>,
}

/// Lists the behaviours, each with what it needs of a provider.
macro_rules! behaviours {
    ($($module:ident :: $name:ident $(needs $feature:ident)?;)*) => {
        $(pub use self::$module::$name;)*

        const BEHAVIOURS: &[Behaviour] = &[$(Behaviour {
            name: stringify!($name),
            needs: &[$(Feature::$feature)?],
            run: |subject| Box::pin($module::$name(subject)),
        }),*];
    };
}

behaviours! {
    answers::plain_answers_are_whole;
    answers::usage_is_counted;
    answers::streamed_usage_is_counted needs StreamUsage;
    answers::a_conversation_arrives_whole;
    answers::the_limits_of_an_answer_arrive;
    answers::a_reached_limit_is_told;
    answers::a_stop_sequence_ends_the_answer needs StopSequences;
    answers::a_filtered_answer_is_told;
    answers::a_schema_is_obeyed needs JsonSchema;
    content::an_image_arrives needs Images;
    content::a_document_arrives needs Documents;
    tools::tools_are_offered;
    tools::a_forced_tool_is_called needs ForcedTools;
    tools::several_tools_are_called_at_once needs ParallelTools;
    tools::the_result_of_a_tool_arrives;
    tools::the_id_of_a_call_goes_back_as_it_came needs CallIds;
    reasoning::reasoning_comes_back needs Reasoning;
    reasoning::reasoning_goes_back needs ReasoningGoesBack;
    reasoning::a_signature_goes_back_as_it_came needs Signatures;
    adaptation::what_is_left_out_is_noted needs Adaptations;
    adaptation::what_would_be_left_out_can_be_an_error needs Adaptations;
    adaptation::what_is_left_out_can_be_ignored needs Adaptations;
    streams::every_split_gives_the_same_events;
    streams::a_cut_stream_is_broken;
    streams::a_stream_without_its_end_is_broken;
    streams::a_malformed_frame_is_passed_over;
    streams::an_unknown_event_breaks_nothing;
    streams::an_unknown_event_is_kept needs UnknownEvents;
    streams::an_unknown_field_is_kept needs UnknownFields;
    streams::an_unknown_finish_is_kept;
    streams::an_error_ends_a_stream;
    errors::an_error_with_status_200_is_an_error;
    errors::each_status_has_its_kind;
    errors::the_vendor_s_own_errors_have_their_kinds;
    errors::retry_after_is_read;
    errors::the_vendor_s_own_hint_is_read needs RetryHint;
    errors::a_web_page_is_no_answer;
    errors::an_empty_body_is_no_answer;
    errors::an_answer_that_says_nothing_is_none;
    errors::a_redirect_is_not_followed;
    exchange::the_key_is_in_its_place_and_nowhere_else;
    exchange::the_id_of_the_call_is_read needs RequestId;
    exchange::a_rate_limit_is_read needs RateLimits;
    exchange::one_call_is_one_request;
    exchange::a_dropped_call_is_closed;
    exchange::a_dropped_stream_is_closed;
    exchange::options_reach_their_own_provider_only;
}

/// Runs the whole battery and returns how many behaviours were shown.
///
/// It goes on after a failure, so that [`Failures`] has all of them.
pub async fn all(subject: &Subject) -> Result<usize, Failures> {
    let mut failures = Vec::new();
    for behaviour in BEHAVIOURS {
        if let Err(failure) = behaviour.check(subject).await {
            failures.push((behaviour.name, failure));
        }
    }
    match failures.is_empty() {
        true => Ok(BEHAVIOURS.len()),
        false => Err(Failures::new(failures)),
    }
}

impl Behaviour {
    async fn check(&self, subject: &Subject) -> Verdict {
        let verdict = (self.run)(subject).await;
        let mut lacking = self.needs.iter().filter(|feature| subject.lacks(**feature));
        match (lacking.next(), verdict) {
            (None, verdict) => verdict,
            (Some(_), Err(_)) => Ok(()),
            (Some(feature), Ok(())) => Err(Failure::new(format!(
                "the subject is declared to lack {feature:?} and has it"
            ))),
        }
    }
}
