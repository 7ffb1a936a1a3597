"""What OpenAI's SDK asks for beside chat: embeddings and models."""

import openai
import pytest


def embed(client, texts, **more):
    reply = client.embeddings.create(**{"model": "vectors", "input": texts, **more})
    return [item.embedding for item in reply.data]


def test_texts_become_vectors_in_their_order(client):
    # The SDK asks for base64 by itself.
    one, other = embed(client, ["one", "other"])
    assert one != other
    assert embed(client, "other") == [other]
    assert embed(client, ["other"], encoding_format="float")[0] == pytest.approx(other)


def test_a_vector_has_the_length_that_was_asked_for(client):
    assert [len(vector) for vector in embed(client, ["one", "other"], dimensions=5)] == [5, 5]


def test_an_outage_moves_embeddings_to_the_same_model_elsewhere(client, primary):
    healthy = embed(client, "one")
    primary.play("[[rule]]\nstatus = 503")

    raw = client.embeddings.with_raw_response.create(model="vectors", input="one")
    assert [item.embedding for item in raw.parse().data] == healthy
    assert raw.headers["x-outlast-served-by"] == "spare/text-embedding-3-small"


def test_embeddings_that_nobody_makes_are_an_error(client):
    with pytest.raises(openai.BadRequestError, match="no embeddings"):
        embed(client, "one", model="fallback/claude-sonnet-4-5")
    with pytest.raises(openai.NotFoundError):
        embed(client, "one", model="no-such-model")
    with pytest.raises(openai.AuthenticationError):
        embed(client.with_options(api_key="wrong"), "one")


def test_a_model_is_found_by_its_names(client):
    for name in ["default", "primary/gpt-4.1", "gpt-4.1"]:
        assert client.models.retrieve(name).id == name
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no-such-model")
