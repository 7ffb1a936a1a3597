//! Embeddings, token counts and lists of models, with the resilience of a chat.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast::providers::{OpenAiCompatible, Target, http_service};
use outlast::{
    BuildError, Client, EmbeddingRequest, EmbeddingResponse, ErrorKind, OnUnsupported, TargetId,
};
use outlast_sim::{Api, Script, Sim};

use self::support::{World, question};

const DOWN: &str = "[[rule]]\nstatus = 503";

/// Two providers of embeddings.
struct Vectors {
    one: Sim,
    other: Sim,
}

impl Vectors {
    fn new(one: &str, other: &str) -> Self {
        let sim = |script| Sim::new(Api::OpenAi).with_script(Script::parse(script).unwrap());
        Self {
            one: sim(one),
            other: sim(other),
        }
    }

    fn target(sim: &Sim, account: &str, model: &str) -> Target {
        let account =
            OpenAiCompatible::at(account, &format!("http://{account}.example/v1")).unwrap();
        account.with_http(http_service(sim.service())).model(model)
    }

    /// Makes a client with the model `m` at both and another one at the second.
    fn client(&self) -> Result<Client, BuildError> {
        Client::builder()
            .target(Self::target(&self.one, "one", "m"))
            .target(Self::target(&self.other, "other", "m"))
            .target(Self::target(&self.other, "other", "n"))
            .build()
    }
}

fn ledger(reply: &EmbeddingResponse) -> String {
    reply.meta().ledger.to_string()
}

#[tokio::test(start_paused = true)]
async fn texts_become_vectors_in_their_order() {
    let client = Vectors::new("", "").client().unwrap();
    let reply = client
        .embed(EmbeddingRequest::of(["a", "b"]))
        .await
        .unwrap();
    let alone = client.embed(EmbeddingRequest::of(["b"])).await.unwrap();
    assert_eq!(reply.vectors().len(), 2);
    assert_eq!(reply.vectors()[1], alone.vectors()[0]);
    assert_eq!(reply.meta().target().to_string(), "one/m");
}

#[tokio::test(start_paused = true)]
async fn an_outage_moves_embeddings_to_the_next_target_of_the_route() {
    let vectors = Vectors::new(DOWN, "");
    let client = vectors.client().unwrap();
    let reply = client.embed(EmbeddingRequest::of(["a"])).await.unwrap();
    assert_eq!(
        ledger(&reply),
        "one/m overloaded 0ms, other/m served 0ms (failover)"
    );
    for _ in 0..20 {
        client.embed(EmbeddingRequest::of(["a"])).await.unwrap();
    }
    assert!(vectors.one.log().len() < 10, "the breaker knows");
}

#[tokio::test(start_paused = true)]
async fn a_model_s_name_never_leads_to_the_vectors_of_another() {
    let client = Vectors::new(DOWN, DOWN).client().unwrap();
    let request = EmbeddingRequest::of(["a"]).with_model("m");
    let error = client.embed(request).await.unwrap_err();
    let ledger = error.ledger().unwrap().to_string();
    assert!(ledger.contains("other/m"), "{ledger}");
    assert!(!ledger.contains("other/n"), "{ledger}");
}

#[tokio::test(start_paused = true)]
async fn failed_embeddings_do_not_keep_a_target_from_chatting() {
    let vectors = Vectors::new("[[rule]]\nstatus = 403", "");
    let client = vectors.client().unwrap();
    let request = EmbeddingRequest::of(["a"]).with_model("one/m");
    let error = client.embed(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let status = &client.targets()[0];
    assert_ne!(status.embeddings_breaker.name, "closed");
    assert_eq!(status.breaker.name, "closed");
    vectors.one.set_script(Script::parse("").unwrap());
    let reply = client.chat(question().with_model("one/m")).await.unwrap();
    assert_eq!(reply.meta().target().to_string(), "one/m");
}

#[tokio::test(start_paused = true)]
async fn an_operator_s_orders_are_for_embeddings_too() {
    let vectors = Vectors::new("", "");
    let client = vectors.client().unwrap();
    let operator = client.operate(&TargetId::new("one", "m")).unwrap();
    operator.drain().await;
    let reply = client.embed(EmbeddingRequest::of(["a"])).await.unwrap();
    assert_eq!(reply.meta().target().account(), "other");
    assert!(vectors.one.log().is_empty());
    operator.release();
    let reply = client.embed(EmbeddingRequest::of(["a"])).await.unwrap();
    assert_eq!(reply.meta().target().account(), "one");
}

#[tokio::test(start_paused = true)]
async fn what_an_embedding_cannot_carry_is_the_caller_s_to_judge() {
    let client = Vectors::new("", "").client().unwrap();
    let mut request = EmbeddingRequest::of(["a"]);
    let foreign = outlast::Extra::from_fields(
        outlast::Protocol::new("gemini"),
        [(
            "taskType".to_owned(),
            outlast::RawJson::from(serde_json::json!("X")),
        )]
        .into(),
    );
    request.body_mut().extra = foreign;
    assert!(client.embed(request.clone()).await.is_ok());
    request.context.on_unsupported = Some(OnUnsupported::Error);
    let error = client.embed(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test(start_paused = true)]
async fn the_first_target_that_can_count_counts() {
    let world = World::new("", "");
    let count = world.client().count_tokens(question()).await.unwrap();
    assert_eq!(count.meta().target().to_string(), "b/claude-sonnet-4-5");
    assert!(count.input() > 0);
    let alone = question().with_model("a/small");
    let error = world.client().count_tokens(alone).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test(start_paused = true)]
async fn each_account_is_asked_for_its_models_once() {
    let vectors = Vectors::new("models = [\"m\"]", DOWN);
    let client = vectors.client().unwrap();
    let lists = client.models().await;
    let names: Vec<_> = lists.iter().map(|list| list.account.as_str()).collect();
    assert_eq!(names, ["one", "other"]);
    assert_eq!(lists[0].models.as_ref().unwrap()[0].id, "m");
    assert!(lists[1].models.is_err());
    assert_eq!(vectors.other.log().len(), 1);
}
