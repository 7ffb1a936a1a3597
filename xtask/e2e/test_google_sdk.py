"""The official Google GenAI SDK against the real gateway: no provider behind it speaks Google's protocol."""

import pytest
from conftest import google_client
from google.genai import errors, types

QUESTION = "Why keep a second provider?"

WEATHER = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="get_weather",
            description="Look up the weather.",
            parameters_json_schema={
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
                "required": ["city", "days"],
            },
        )
    ]
)
MUST_CALL = types.GenerateContentConfig(
    tools=[WEATHER],
    tool_config=types.ToolConfig(function_calling_config=types.FunctionCallingConfig(mode="ANY")),
)


def ask(gemini, **more):
    return gemini.models.generate_content(**{"model": "default", "contents": QUESTION, **more})


def stream(gemini, **more):
    return list(gemini.models.generate_content_stream(**{"model": "default", "contents": QUESTION, **more}))


def text_of(chunks):
    return "".join(chunk.text or "" for chunk in chunks)


def served_by(reply):
    return reply.sdk_http_response.headers["x-outlast-served-by"]


def test_a_unary_call_is_answered_by_the_first_provider(gemini):
    reply = ask(gemini)

    assert reply.text and reply.candidates[0].finish_reason == types.FinishReason.STOP
    assert reply.usage_metadata.prompt_token_count > 0
    assert reply.usage_metadata.candidates_token_count > 0
    assert served_by(reply) == "primary/gpt-4.1"


def test_a_target_is_named_like_a_model(gemini):
    assert served_by(ask(gemini, model="fallback/claude-sonnet-4-5")) == "fallback/claude-sonnet-4-5"


def test_a_stream_carries_the_same_text(gemini):
    chunks = stream(gemini)

    assert len(chunks) > 2
    assert text_of(chunks) == ask(gemini).text
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
    assert chunks[-1].usage_metadata.candidates_token_count > 0


def test_a_tool_is_called_with_arguments_that_fit_its_schema(gemini):
    (call,) = ask(gemini, config=MUST_CALL).function_calls
    assert call.name == "get_weather"
    assert isinstance(call.args["city"], str) and isinstance(call.args["days"], int)


def test_a_tool_call_arrives_whole_in_a_stream(gemini):
    calls = [call for chunk in stream(gemini, config=MUST_CALL) for call in chunk.function_calls or []]
    (call,) = calls
    assert set(call.args) == {"city", "days"}


def test_a_tool_result_is_taken_and_answered(gemini):
    asked = ask(gemini, config=MUST_CALL)
    result = types.Part.from_function_response(name="get_weather", response={"result": "sunny"})
    history = [
        types.Content(role="user", parts=[types.Part.from_text(text=QUESTION)]),
        asked.candidates[0].content,
        types.Content(role="user", parts=[result]),
    ]

    assert ask(gemini, contents=history, config=types.GenerateContentConfig(tools=[WEATHER])).text


def test_a_conversation_is_kept_by_the_sdk(gemini):
    chat = gemini.chats.create(model="default")
    assert chat.send_message(QUESTION).text
    assert chat.send_message("And a third?").text


def test_tokens_are_counted(gemini):
    count = gemini.models.count_tokens(model="default", contents=QUESTION)
    longer = gemini.models.count_tokens(model="default", contents=QUESTION * 5)
    assert longer.total_tokens > count.total_tokens > 0


def test_the_models_are_the_routes_and_targets(gemini):
    names = [model.name for model in gemini.models.list()]
    assert "models/default" in names and "models/fallback/claude-sonnet-4-5" in names
    assert gemini.models.get(model="default").name == "models/default"


def test_errors_are_the_sdk_s_own(gemini):
    with pytest.raises(errors.ClientError) as error:
        ask(google_client("wrong"))
    assert (error.value.code, error.value.status) == (401, "UNAUTHENTICATED")
    with pytest.raises(errors.ClientError) as error:
        ask(gemini, model="no-such-model")
    assert (error.value.code, error.value.status) == (404, "NOT_FOUND")


def test_when_nobody_answers_the_error_says_so(gemini, primary, fallback):
    primary.play("[[rule]]\nstatus = 500")
    fallback.play("[[rule]]\nstatus = 500")

    with pytest.raises(errors.ServerError):
        ask(gemini)
    with pytest.raises(errors.ServerError):
        stream(gemini)


def test_an_outage_before_the_answer_is_not_noticed(gemini, primary):
    healthy = ask(gemini).text
    primary.play("[[rule]]\nstatus = 503")

    reply = ask(gemini)
    assert reply.text == healthy
    assert served_by(reply) == "fallback/claude-sonnet-4-5"
    assert text_of(stream(gemini)) == healthy


@pytest.mark.parametrize("by", ["reset", "close", "end"])
def test_an_outage_during_a_stream_is_not_noticed(gemini, primary, by):
    healthy = ask(gemini).text
    primary.play(f'[[rule]]\nonly = "stream"\ncut = {{ after = 9, by = "{by}" }}')

    assert text_of(stream(gemini)) == healthy


def test_a_stream_cut_where_nobody_can_go_on_ends_in_an_error(gemini, primary, fallback):
    primary.play('[[rule]]\nonly = "stream"\ncut = { after = 9, by = "reset" }')
    fallback.play("[[rule]]\nstatus = 503")

    with pytest.raises(errors.APIError):
        stream(gemini)
