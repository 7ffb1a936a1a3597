"""OpenAI's Responses, by the official SDK, against the real gateway: no provider behind it speaks them."""

import json

import openai
import pydantic
import pytest

QUESTION = "Why keep a second provider?"

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Look up the weather.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
        "additionalProperties": False,
    },
    "strict": True,
}


def ask(client, **more):
    return client.responses.create(**{"model": "default", "input": QUESTION, **more})


def text_of(stream):
    return "".join(event.delta for event in stream if event.type == "response.output_text.delta")


def calls_of(response):
    return [item for item in response.output if item.type == "function_call"]


def test_a_unary_call_is_answered_by_the_first_provider(client):
    raw = client.responses.with_raw_response.create(model="default", input=QUESTION)
    response = raw.parse()

    assert response.output_text and response.status == "completed"
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens > 0
    assert raw.headers["x-outlast-served-by"] == "primary/gpt-4.1"
    assert raw.headers["x-request-id"] == raw.headers["x-outlast-request-id"]


def test_a_stream_carries_the_same_text_and_ends_with_the_whole_response(client):
    events = list(ask(client, stream=True))

    whole = ask(client).output_text
    assert text_of(events) == whole
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == whole
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_the_sdk_s_own_stream_helper_is_content(client):
    with client.responses.stream(model="default", input=QUESTION) as stream:
        assert stream.get_final_response().output_text == ask(client).output_text


def test_a_forced_tool_is_called_with_arguments_that_fit_its_schema(client):
    choice = {"type": "function", "name": "get_weather"}
    (call,) = calls_of(ask(client, tools=[WEATHER], tool_choice=choice))

    arguments = json.loads(call.arguments)
    assert call.call_id and call.name == "get_weather"
    assert isinstance(arguments["city"], str) and isinstance(arguments["days"], int)


def test_a_tool_call_arrives_whole_in_a_stream(client):
    events = list(ask(client, tools=[WEATHER], tool_choice="required", stream=True))

    pieces = "".join(e.delta for e in events if e.type == "response.function_call_arguments.delta")
    (call,) = calls_of(events[-1].response)
    assert json.loads(pieces) == json.loads(call.arguments)


def test_a_tool_result_is_taken_and_answered(client):
    asked = ask(client, tools=[WEATHER], tool_choice="required")
    (call,) = calls_of(asked)
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    history = [{"role": "user", "content": QUESTION}, *asked.output, result]

    assert ask(client, input=history, tools=[WEATHER]).output_text


def test_an_answer_follows_a_json_schema(client):
    class Country(pydantic.BaseModel):
        name: str
        inhabitants: int

    response = client.responses.parse(model="default", input=QUESTION, text_format=Country)
    assert isinstance(response.output_parsed, Country)


def test_errors_are_the_sdk_s_own(client, primary, fallback):
    with pytest.raises(openai.AuthenticationError):
        ask(client.with_options(api_key="wrong"))
    with pytest.raises(openai.NotFoundError):
        ask(client, model="no-such-model")
    with pytest.raises(openai.BadRequestError):
        ask(client, input=5)
    primary.play("[[rule]]\nstatus = 500")
    fallback.play("[[rule]]\nstatus = 500")
    with pytest.raises(openai.InternalServerError):
        ask(client)


def test_what_the_gateway_does_not_keep_is_not_promised(client):
    with pytest.raises(openai.BadRequestError, match="background"):
        ask(client, background=True)
    with pytest.raises(openai.BadRequestError, match="previous_response_id"):
        ask(client, previous_response_id="resp_1")
    with pytest.raises(openai.NotFoundError, match="keeps no responses"):
        client.responses.retrieve("resp_1")
    with pytest.raises(openai.NotFoundError, match="keeps no responses"):
        client.responses.delete("resp_1")


def test_an_outage_before_the_answer_is_not_noticed(client, primary):
    healthy = ask(client).output_text
    primary.play("[[rule]]\nstatus = 503")

    raw = client.responses.with_raw_response.create(model="default", input=QUESTION)
    assert raw.parse().output_text == healthy
    assert raw.headers["x-outlast-served-by"] == "fallback/claude-sonnet-4-5"
    assert text_of(ask(client, stream=True)) == healthy


def test_an_outage_during_a_stream_is_not_noticed(client, primary):
    healthy = ask(client).output_text
    primary.play('[[rule]]\nonly = "stream"\ncut = { after = 9, by = "reset" }')

    events = list(ask(client, stream=True))
    assert text_of(events) == healthy
    assert events[-1].response.output_text == healthy


def test_a_stream_cut_in_a_tool_call_does_not_end_well(client, primary):
    primary.play('[[rule]]\nonly = "stream"\ncut = { after = 1, by = "reset" }')

    events = []
    try:
        events.extend(ask(client, tools=[WEATHER], tool_choice="required", stream=True))
    except openai.APIError:
        return
    assert events[-1].type in {"error", "response.failed"}
