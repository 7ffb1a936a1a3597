"""The official Anthropic SDK against the real gateway: the first provider behind it speaks OpenAI's protocol."""

import anthropic
import pytest

QUESTION = [{"role": "user", "content": "Why keep a second provider?"}]

WEATHER = {
    "name": "get_weather",
    "description": "Look up the weather.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
    },
}
FORCED = {"type": "tool", "name": "get_weather"}


def ask(claude, **more):
    return claude.messages.create(**{"model": "default", "max_tokens": 1000, "messages": QUESTION, **more})


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def streamed(claude, **more):
    """Reads a stream with the SDK's helper: the message it puts together."""
    arguments = {"model": "default", "max_tokens": 1000, "messages": QUESTION, **more}
    with claude.messages.stream(**arguments) as stream:
        return stream.get_final_message()


def test_a_unary_call_is_answered_by_the_first_provider(claude):
    raw = claude.messages.with_raw_response.create(model="default", max_tokens=1000, messages=QUESTION)
    message = raw.parse()

    assert text_of(message) and message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0
    assert raw.headers["x-outlast-served-by"] == "primary/gpt-4.1"
    assert message._request_id == raw.headers["x-outlast-request-id"]


def test_a_stream_carries_the_same_text(claude):
    events = list(ask(claude, stream=True))
    assert (events[0].type, events[-1].type) == ("message_start", "message_stop")

    message = streamed(claude)
    assert text_of(message) == text_of(ask(claude))
    assert message.stop_reason == "end_turn" and message.usage.output_tokens > 0


def test_a_forced_tool_is_called_with_arguments_that_fit_its_schema(claude):
    message = ask(claude, tools=[WEATHER], tool_choice=FORCED)

    (call,) = [block for block in message.content if block.type == "tool_use"]
    assert message.stop_reason == "tool_use"
    assert call.id and call.name == "get_weather"
    assert isinstance(call.input["city"], str) and isinstance(call.input["days"], int)


def test_a_tool_call_arrives_whole_in_a_stream(claude):
    message = streamed(claude, tools=[WEATHER], tool_choice=FORCED)

    (call,) = [block for block in message.content if block.type == "tool_use"]
    assert set(call.input) == {"city", "days"}


def test_a_tool_result_is_taken_and_answered(claude):
    asked = ask(claude, tools=[WEATHER], tool_choice=FORCED)
    (call,) = [block for block in asked.content if block.type == "tool_use"]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
    history = [
        *QUESTION,
        {"role": "assistant", "content": asked.content},
        {"role": "user", "content": [result]},
    ]

    assert text_of(ask(claude, messages=history, tools=[WEATHER]))


def test_tokens_are_counted(claude):
    count = claude.messages.count_tokens(model="default", messages=QUESTION)
    longer = claude.messages.count_tokens(model="default", messages=QUESTION, system="Answer in one sentence.")
    assert longer.input_tokens > count.input_tokens > 0


def test_the_models_are_the_routes_and_targets(claude):
    names = [model.id for model in claude.models.list()]
    assert "default" in names and "fallback/claude-sonnet-4-5" in names
    assert claude.models.retrieve("default").id == "default"


def test_errors_are_the_sdk_s_own(claude, primary):
    with pytest.raises(anthropic.AuthenticationError) as error:
        ask(claude.with_options(api_key="wrong"))
    assert error.value.type == "authentication_error"
    with pytest.raises(anthropic.NotFoundError):
        ask(claude, model="no-such-model")
    with pytest.raises(anthropic.BadRequestError, match="messages"):
        ask(claude, messages="not a list")
    primary.play('[[rule]]\nstatus = 400\nmessage = "temperature is out of range"')
    with pytest.raises(anthropic.BadRequestError, match="temperature is out of range"):
        ask(claude)


def test_when_nobody_answers_the_error_says_so(claude, primary, fallback):
    primary.play("[[rule]]\nstatus = 500")
    fallback.play("[[rule]]\nstatus = 500")

    with pytest.raises(anthropic.InternalServerError):
        ask(claude)
    with pytest.raises(anthropic.InternalServerError):
        streamed(claude)


def test_an_outage_before_the_answer_is_not_noticed(claude, primary):
    healthy = text_of(ask(claude))
    primary.play("[[rule]]\nstatus = 503")

    raw = claude.messages.with_raw_response.create(model="default", max_tokens=1000, messages=QUESTION)
    assert text_of(raw.parse()) == healthy
    assert raw.headers["x-outlast-served-by"] == "fallback/claude-sonnet-4-5"
    assert text_of(streamed(claude)) == healthy


@pytest.mark.parametrize("by", ["reset", "close", "end"])
def test_an_outage_during_a_stream_is_not_noticed(claude, primary, by):
    healthy = text_of(ask(claude))
    primary.play(f'[[rule]]\nonly = "stream"\ncut = {{ after = 9, by = "{by}" }}')

    assert text_of(streamed(claude)) == healthy


def test_a_stream_cut_in_a_tool_call_ends_in_an_error_and_not_in_half_a_call(claude, primary):
    primary.play('[[rule]]\nonly = "stream"\ncut = { after = 1, by = "reset" }')

    with pytest.raises(anthropic.APIError):
        streamed(claude, tools=[WEATHER], tool_choice=FORCED)
