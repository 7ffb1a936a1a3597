//! A service by the name in the request.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on is to fail"
)]

mod support;

use std::task::{Context, Poll};

use outlast_tower::Route;
use outlast_types::{ChatRequest, ChatResponse, Error, ErrorKind};
use support::{Act, Scripted, unary_request};
use tower::{Service, ServiceExt};

fn route() -> Route<Scripted> {
    let names = ["default", "batch", "acme/m1", "acme/m2"];
    Route::new(names.map(|name| (name.to_owned(), Scripted::new([Act::say(name)]))))
}

async fn ask(route: &Route<Scripted>, model: &str) -> Result<String, Error> {
    let request: ChatRequest = unary_request().with_model(model);
    let reply: ChatResponse = route.clone().oneshot(request).await?;
    Ok(reply.text())
}

#[tokio::test(start_paused = true)]
async fn a_name_leads_to_its_service_and_nothing_else_does() {
    let route = route();
    for name in ["batch", "acme/m1", "acme/m2"] {
        assert_eq!(ask(&route, name).await.unwrap(), name);
    }
    for name in ["Batch", "batch ", "m1", "acme", "acme/m1/x"] {
        let error = ask(&route, name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownModel);
        let nearest = if name.contains("atch") {
            "`batch`"
        } else {
            "`acme/m"
        };
        assert!(error.to_string().contains(nearest), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_names_nothing_is_given_the_default_if_there_is_one() {
    assert_eq!(
        ask(&route().with_default("batch"), "").await.unwrap(),
        "batch"
    );
    let error = ask(&route(), "").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownModel);
    assert!(error.to_string().contains("name one, such as"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_name_of_any_length_is_answered_in_one_short_line() {
    let error = ask(&route(), &"x\n".repeat(1_000_000)).await.unwrap_err();
    let text = error.to_string();
    assert!(text.len() < 400 && !text.contains('\n'), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_route_waits_for_the_service_it_leads_to_and_for_no_other() {
    /// Is ready when it is asked for the second time.
    #[derive(Clone)]
    struct Slow {
        inner: Scripted,
        polled: bool,
    }

    impl Service<ChatRequest> for Slow {
        type Response = ChatResponse;
        type Error = Error;
        type Future = <Scripted as Service<ChatRequest>>::Future;

        fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
            if std::mem::replace(&mut self.polled, true) {
                return Poll::Ready(Ok(()));
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }

        fn call(&mut self, request: ChatRequest) -> Self::Future {
            assert!(self.polled, "called before it was ready");
            self.inner.call(request)
        }
    }

    let slow = Slow {
        inner: Scripted::new([Act::say("slow")]),
        polled: false,
    };
    let route = Route::new([("slow".to_owned(), slow)]);
    let reply = route
        .oneshot(unary_request().with_model("slow"))
        .await
        .unwrap();
    assert_eq!(reply.text(), "slow");
}

#[tokio::test]
async fn an_auto_route_leads_a_chat_to_the_route_of_its_task() {
    use outlast_tower::task::{AutoRoute, Task};
    let auto = AutoRoute::new("simple").with_task(Task::Reasoning, "deep");
    let answer = |text: &'static str| Scripted::new([Act::say(text)]);
    let routes = [("simple", answer("simple")), ("deep", answer("deep"))];
    let route = Route::new(routes.map(|(name, service)| (name.to_owned(), service)))
        .with_default("auto")
        .with_autos([("auto".to_owned(), auto)]);
    for (text, expected) in [
        ("Prove that there are infinitely many primes.", "deep"),
        ("What is the capital of France?", "simple"),
    ] {
        for model in ["auto", ""] {
            let request = ChatRequest::user(text).with_model(model);
            let reply = route.clone().oneshot(request).await.unwrap();
            assert_eq!(reply.text(), expected);
        }
    }
}
