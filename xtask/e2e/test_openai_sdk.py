"""The official OpenAI SDK against the real gateway, in front of two simulated providers."""

import json

import openai
import pydantic
import pytest

QUESTION = [{"role": "user", "content": "Why keep a second provider?"}]

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Look up the weather.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city", "days"],
            "additionalProperties": False,
        },
    },
}


def text_of(stream):
    return "".join(
        chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices
    )


def ask(client, **more):
    return client.chat.completions.create(model="default", messages=QUESTION, **more)


def test_a_unary_call_is_answered_by_the_first_provider(client):
    raw = client.chat.completions.with_raw_response.create(model="default", messages=QUESTION)
    reply = raw.parse()

    assert reply.choices[0].message.content
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 0
    assert raw.headers["x-outlast-served-by"] == "primary/gpt-4.1"
    assert raw.headers["x-outlast-attempts"] == "1"
    assert raw.headers["x-outlast-request-id"]


def test_a_stream_carries_the_same_text_and_the_usage_when_asked_for(client):
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))

    assert text_of(chunks) == ask(client).choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage.completion_tokens > 0


def test_a_stream_has_no_usage_when_nobody_asked(client):
    assert all(chunk.usage is None for chunk in ask(client, stream=True))


def test_a_forced_tool_is_called_with_arguments_that_fit_its_schema(client):
    choice = {"type": "function", "function": {"name": "get_weather"}}
    message = ask(client, tools=[WEATHER], tool_choice=choice).choices[0].message

    (call,) = message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert call.id and call.function.name == "get_weather"
    assert isinstance(arguments["city"], str) and isinstance(arguments["days"], int)


def test_a_tool_call_arrives_whole_in_a_stream(client):
    name, arguments = "", ""
    for chunk in ask(client, tools=[WEATHER], tool_choice="required", stream=True):
        for delta in chunk.choices[0].delta.tool_calls or [] if chunk.choices else []:
            name += delta.function.name or ""
            arguments += delta.function.arguments or ""

    assert name == "get_weather"
    assert set(json.loads(arguments)) == {"city", "days"}


def test_a_tool_result_is_taken_and_answered(client):
    call = ask(client, tools=[WEATHER], tool_choice="required").choices[0].message
    history = [*QUESTION, call, {"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": "sunny"}]

    reply = client.chat.completions.create(model="default", messages=history, tools=[WEATHER])
    assert reply.choices[0].message.content


def test_an_answer_follows_a_json_schema(client):
    class Country(pydantic.BaseModel):
        name: str
        capital: str
        inhabitants: int

    reply = client.chat.completions.parse(model="default", messages=QUESTION, response_format=Country)
    assert isinstance(reply.choices[0].message.parsed, Country)


def test_the_models_are_the_routes_and_targets(client):
    names = [model.id for model in client.models.list()]
    assert "default" in names and "fallback/claude-sonnet-4-5" in names


def test_a_wrong_key_is_an_authentication_error(client):
    with pytest.raises(openai.AuthenticationError):
        ask(client.with_options(api_key="wrong"))


def test_an_unknown_model_is_a_not_found_error(client):
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="no-such-model", messages=QUESTION)


def test_a_request_that_makes_no_sense_is_a_bad_request_error(client):
    with pytest.raises(openai.BadRequestError) as error:
        client.chat.completions.create(model="default", messages="not a list")
    assert "messages" in str(error.value)


def test_a_400_of_the_provider_is_not_tried_elsewhere(client, primary):
    primary.play('[[rule]]\nstatus = 400\nmessage = "temperature is out of range"')

    with pytest.raises(openai.BadRequestError) as error:
        ask(client)
    assert "temperature is out of range" in str(error.value)
    assert error.value.response.headers["x-outlast-attempts"] == "1"


def test_an_outage_before_the_answer_is_not_noticed(client, primary):
    healthy = ask(client).choices[0].message.content
    primary.play("[[rule]]\nstatus = 503")

    raw = client.chat.completions.with_raw_response.create(model="default", messages=QUESTION)
    assert raw.parse().choices[0].message.content == healthy
    assert raw.headers["x-outlast-served-by"] == "fallback/claude-sonnet-4-5"
    assert int(raw.headers["x-outlast-attempts"]) >= 2


@pytest.mark.parametrize("by", ["reset", "close", "end"])
def test_an_outage_during_a_stream_is_not_noticed(client, primary, by):
    healthy = ask(client).choices[0].message.content
    primary.play(f'[[rule]]\nonly = "stream"\ncut = {{ after = 9, by = "{by}" }}')

    assert text_of(ask(client, stream=True)) == healthy


def test_a_stream_cut_in_a_tool_call_ends_in_an_error_and_not_in_half_a_call(client, primary):
    primary.play('[[rule]]\nonly = "stream"\ncut = { after = 1, by = "reset" }')

    with pytest.raises(openai.APIError):
        list(ask(client, tools=[WEATHER], tool_choice="required", stream=True))


def test_when_nobody_answers_the_error_says_so(client, primary, fallback):
    primary.play("[[rule]]\nstatus = 500")
    fallback.play("[[rule]]\nstatus = 500")

    with pytest.raises(openai.InternalServerError):
        ask(client)
