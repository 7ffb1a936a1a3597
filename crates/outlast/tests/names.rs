//! Which names lead where, and what a builder refuses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast::{BuildError, Client, ErrorKind, Policy, Timeouts};

use self::support::{World, question};

async fn served_by(client: &Client, model: &str) -> String {
    let reply = client.chat(question().with_model(model)).await.unwrap();
    reply.meta().target().to_string()
}

#[tokio::test]
async fn a_request_without_a_model_goes_to_the_default_route() {
    let client = World::new("", "").client();
    assert_eq!(served_by(&client, "").await, "a/small");
    assert_eq!(served_by(&client, "default").await, "a/small");
}

#[tokio::test]
async fn a_model_s_name_asks_that_model_first_and_the_rest_of_its_route_after_it() {
    let world = World::new("", "[[rule]]\nstatus = 503");
    let client = world.client();
    assert_eq!(served_by(&client, "claude-sonnet-4-5").await, "a/small");
    assert_eq!(world.calls(), (1, 1));
}

#[tokio::test]
async fn a_target_s_full_name_asks_that_target_alone() {
    let world = World::new("", "[[rule]]\nstatus = 404");
    let client = world.client();
    assert_eq!(served_by(&client, "a/small").await, "a/small");
    let request = question().with_model("b/claude-sonnet-4-5");
    let error = client.chat(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    assert_eq!(world.calls(), (1, 1));
}

#[tokio::test]
async fn a_route_has_its_own_targets_and_its_own_policy() {
    let world = World::new("[[rule]]\nstatus = 500", "");
    let once = Policy::default().with_attempts(1);
    let client = world
        .builder()
        .route("second", [world.target_b()])
        .route_with_policy("once", [world.target_a(), world.target_b()], once)
        .build()
        .unwrap();
    let names: Vec<_> = client.routes().collect();
    assert_eq!(names, ["default", "second", "once"]);
    assert_eq!(served_by(&client, "second").await, "b/claude-sonnet-4-5");
    assert_eq!(served_by(&client, "once").await, "b/claude-sonnet-4-5");
    assert_eq!(world.calls(), (1, 2));
    assert_eq!(client.targets().len(), 2);
}

#[tokio::test]
async fn the_only_route_is_the_default_whatever_its_name() {
    let world = World::new("", "");
    let client = Client::builder()
        .route("main", [world.target_a()])
        .build()
        .unwrap();
    assert_eq!(served_by(&client, "").await, "a/small");
}

#[tokio::test]
async fn an_unknown_name_is_an_error_that_says_so() {
    let world = World::new("", "");
    let request = question().with_model("gpt-9");
    let error = world.client().chat(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownModel);
    assert_eq!(world.calls(), (0, 0));
}

#[test]
fn a_client_that_could_never_work_is_not_built() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let _entered = runtime.enter();
    let world = World::new("", "");
    let refused = |builder: outlast::ClientBuilder| builder.build().unwrap_err();

    assert_eq!(refused(Client::builder()), BuildError::NoTarget);
    assert_eq!(
        refused(world.builder().route("x", [])),
        BuildError::EmptyRoute("x".to_owned())
    );
    assert_eq!(
        refused(world.builder().route("default", [world.target_a()])),
        BuildError::SameRoute("default".to_owned())
    );
    assert_eq!(
        refused(world.builder().route("a/b", [world.target_a()])),
        BuildError::RouteName("a/b".to_owned())
    );
    assert_eq!(
        refused(world.builder().target(world.target_a())),
        BuildError::SameTarget {
            route: "default".to_owned(),
            target: world.target_a().id().clone()
        }
    );
    let zero = Timeouts::default().with_idle(std::time::Duration::ZERO);
    assert_eq!(
        refused(world.builder().policy(Policy::default().with_timeout(zero))),
        BuildError::Zero("timeout.idle")
    );
}
