//! Tools: offered, called, answered.

use outlast_types::{
    ChatRequest, ChatResponse, ContentPart, FinishReason, Message, Mode, RawJson, Role, ToolCall,
    ToolChoice, ToolResult, ToolSpec,
};
use serde_json::{Value, json};

use super::Subject;
use super::bench::{Bench, MODES, QUESTION, question};
use super::failure::{Failure, Verdict, ensure, equal};

const RESULT: &str = "21 degrees";

fn weather() -> ToolSpec {
    let schema = json!({
        "type": "object",
        "properties": { "city": { "type": "string" } },
        "required": ["city"],
    });
    ToolSpec::new("weather", RawJson::from(schema)).with_description("Tells the weather.")
}

fn time() -> ToolSpec {
    let schema = json!({
        "type": "object",
        "properties": { "zone": { "type": "string" } },
        "required": ["zone"],
    });
    ToolSpec::new("time", RawJson::from(schema)).with_description("Tells the time.")
}

fn with_tools() -> ChatRequest {
    question().with_tool(weather()).with_tool(time())
}

/// Tools reach the provider with their names, descriptions and schemas, and need not be called.
pub async fn tools_are_offered(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, "")?;
        let reply = bench.answer(mode, with_tools()).await?;
        equal("the text", reply.text(), bench.text())?;
        let arrived = bench.arrived()?;
        let names: Vec<_> = arrived.tools.iter().map(|tool| &*tool.name).collect();
        equal("the tools", names, vec!["weather", "time"])?;
        let Some(tool) = arrived.tools.first() else {
            return Err(Failure::new("no tool arrived"));
        };
        let description = tool.description.as_deref();
        equal("the description", description, Some("Tells the weather."))?;
        let schema = tool.parameters.as_ref();
        let schema: Value = schema
            .and_then(|schema| schema.read().ok())
            .unwrap_or_default();
        let city = schema.pointer("/properties/city/type");
        let city = city.and_then(Value::as_str).map(str::to_lowercase);
        equal(
            "the schema's type of `city`",
            city.as_deref(),
            Some("string"),
        )?;
    }
    Ok(())
}

/// A tool that must be called is called, with arguments that are whole JSON after its schema.
pub async fn a_forced_tool_is_called(subject: &Subject) -> Verdict {
    let choices = [ToolChoice::Required, ToolChoice::Tool("weather".to_owned())];
    for mode in MODES {
        for choice in choices.clone() {
            let bench = Bench::on_sim(subject, "")?;
            let request = with_tools().with_tool_choice(choice);
            let reply = bench.answer(mode, request).await?;
            equal("the calls", calls(&reply)?, vec![("weather", "city")])?;
            equal("the finish", reply.finish(), Some(&FinishReason::ToolCalls))?;
        }
    }
    Ok(())
}

/// Two tools are called in one turn, and neither call is mixed up with the other.
pub async fn several_tools_are_called_at_once(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, "[answer]\ntool_calls = 2")?;
        let request = with_tools().with_tool_choice(ToolChoice::Required);
        let reply = bench.answer(mode, request).await?;
        let expected = vec![("weather", "city"), ("time", "zone")];
        equal("the calls", calls(&reply)?, expected)?;
        let mut ids = reply.tool_calls().map(|call| &call.id);
        ensure(ids.next() != ids.next(), || {
            "both calls have the same id".to_owned()
        })?;
    }
    Ok(())
}

/// Returns the name and the one argument of each call.
fn calls(reply: &ChatResponse) -> Result<Vec<(&str, &'static str)>, Failure> {
    reply
        .tool_calls()
        .map(|call| {
            ensure(!call.id.is_empty(), || "a call has no id".to_owned())?;
            let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
            let names = ["city", "zone"];
            let name = names
                .into_iter()
                .find(|name| arguments.get(name).is_some_and(Value::is_string));
            match name {
                Some(name) => Ok((call.name.as_str(), name)),
                None => Err(Failure::new(format!(
                    "the arguments {:?} are not what the schema says",
                    call.arguments
                ))),
            }
        })
        .collect()
}

/// The provider's id of a call comes back to it with the call and with the tool's answer.
pub async fn the_id_of_a_call_goes_back_as_it_came(subject: &Subject) -> Verdict {
    for mode in MODES {
        let bench = Bench::on_sim(subject, "")?;
        let asked = with_tools().with_tool_choice(ToolChoice::Required);
        let reply = bench.answer(mode, asked).await?;
        let Some(call) = reply.tool_calls().next() else {
            return Err(Failure::new("no tool was called"));
        };
        let result = ContentPart::ToolResult(ToolResult::new(call.id.clone(), RESULT));
        let request = with_tools()
            .with_message(reply.message())
            .with_message(Message::new(Role::Tool, vec![result]));
        bench.answer(Mode::Unary, request).await?;
        let arrived = bench.arrived()?;
        check_result(&arrived)?;
        let given = bench.given_call_id()?;
        let parts = arrived.messages.iter();
        let mut calls = parts.flat_map(|message| message.content.parts());
        let came = calls.find_map(|part| match part {
            ContentPart::ToolCall(call) => Some(call.id.clone()),
            _ => None,
        });
        equal("the id", came, Some(given))?;
    }
    Ok(())
}

/// The answer of a tool reaches the provider, as the answer to its call.
pub async fn the_result_of_a_tool_arrives(subject: &Subject) -> Verdict {
    let call = ToolCall::new("call_0123456789", "weather", r#"{"city":"Oslo"}"#);
    let result = ToolResult::new(call.id.clone(), RESULT);
    for mode in MODES {
        let bench = Bench::on_sim(subject, "")?;
        let request = ChatRequest::user(QUESTION)
            .with_tool(weather())
            .with_message(Message::assistant(vec![ContentPart::ToolCall(
                call.clone(),
            )]))
            .with_message(Message::new(
                Role::Tool,
                vec![ContentPart::ToolResult(result.clone())],
            ))
            .with_max_output_tokens(4000);
        let reply = bench.answer(mode, request).await?;
        equal("the text", reply.text(), bench.text())?;
        check_result(&bench.arrived()?)?;
    }
    Ok(())
}

fn check_result(arrived: &ChatRequest) -> Verdict {
    let parts = || {
        let messages = arrived.messages.iter();
        messages.flat_map(|message| message.content.parts())
    };
    let call = parts().find_map(|part| match part {
        ContentPart::ToolCall(call) => Some(call),
        _ => None,
    });
    let result = parts().find_map(|part| match part {
        ContentPart::ToolResult(result) => Some(result),
        _ => None,
    });
    let (Some(call), Some(result)) = (call, result) else {
        return Err(Failure::new("the call or its result did not arrive"));
    };
    equal("the name of the tool", &*call.name, "weather")?;
    equal("the id in the result", &result.call_id, &call.id)?;
    let said: String = result.content.texts().collect();
    ensure(said.contains(RESULT), || {
        format!("the result arrived as {:?}", result.content)
    })
}
