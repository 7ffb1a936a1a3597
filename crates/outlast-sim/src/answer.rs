//! What a simulated provider says: a text, a tool call or JSON, in tokens.

use outlast_types::{
    ChatRequest, ChatResponse, Collector, Delta, Error, ErrorKind, Finish, FinishReason, RawJson,
    ReplyMeta, ReplyStart, ResponseFormat, StreamEvent, TargetId, ToolCallDelta, ToolChoice,
    ToolSpec, Usage,
};

use crate::Api;
use crate::continuation::Wanted;
use crate::fault::{ContinuationStyle, Empty};
use crate::schema;
use crate::text::{reference_text, tokens};

/// The most answers to one request.
const MAX_CHOICES: u32 = 16;

/// When the simulated providers made all their replies, in seconds since 1970: they have no calendar.
const CREATED: i64 = 1_735_689_600;

/// A whole reply that is still to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) start: ReplyStart,
    /// The content, a token each.
    pub(crate) pieces: Vec<StreamEvent>,
    /// The endings, one for each choice.
    pub(crate) endings: Vec<StreamEvent>,
    pub(crate) usage: Usage,
}

/// What the answers of a provider are like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) words: usize,
    pub(crate) continuation: ContinuationStyle,
}

impl Answer {
    /// Answers `request`, which is call `number`.
    pub(crate) fn compose(
        api: Api,
        number: u64,
        request: &ChatRequest,
        wanted: &Wanted,
        style: Style,
    ) -> Result<Self, Error> {
        let mut said = Said::to(api, number, request, wanted, style)?;
        let most = request
            .max_output_tokens
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(usize::MAX);
        if said.pieces.len() > most {
            said.pieces.truncate(most);
            said.finish = FinishReason::Length;
        }
        let choices = request.n.unwrap_or(1).clamp(1, MAX_CHOICES);
        // Where nothing is left to say, the end of the turn is a token too.
        let output = said.pieces.len().max(1) * choices as usize;
        Ok(Self {
            start: start(api, number, request),
            pieces: (0..choices)
                .flat_map(|choice| {
                    said.pieces
                        .iter()
                        .map(move |piece| of_choice(piece, choice))
                })
                .collect(),
            endings: (0..choices)
                .map(|choice| ending(choice, &said.finish))
                .collect(),
            usage: Usage::new(input_tokens(request), output as u64),
        })
    }

    /// Takes out what an empty reply lacks.
    pub(crate) fn emptied(mut self, empty: Empty) -> Self {
        self.pieces.clear();
        self.usage.output = 0;
        self.endings = match empty {
            Empty::Choices => Vec::new(),
            Empty::Content => vec![StreamEvent::finish(FinishReason::Stop)],
        };
        self
    }

    /// Returns it as one reply.
    pub(crate) fn into_response(self, model: &str) -> ChatResponse {
        let mut collector = Collector::default();
        let ending = [StreamEvent::usage(self.usage)];
        let events = [StreamEvent::Start(Box::new(self.start))];
        let events = events.into_iter().chain(self.pieces).chain(self.endings);
        events.chain(ending).for_each(|event| collector.push(event));
        collector.finish(ReplyMeta::new(TargetId::new("sim", model)))
    }
}

/// The content of one choice, and why it ends.
struct Said {
    pieces: Vec<StreamEvent>,
    finish: FinishReason,
}

impl Said {
    fn to(
        api: Api,
        number: u64,
        request: &ChatRequest,
        wanted: &Wanted,
        style: Style,
    ) -> Result<Self, Error> {
        if let Some(tool) = forced_tool(request)? {
            return Self::tool_call(api, number, tool);
        }
        match &request.response_format {
            Some(ResponseFormat::JsonSchema { schema, .. }) => {
                Ok(Self::text(&schema::example(schema)?))
            }
            Some(ResponseFormat::JsonObject) => {
                let answer = reference_text(&wanted.user_text, style.words);
                Ok(Self::text(
                    &serde_json::json!({ "answer": answer }).to_string(),
                ))
            }
            _ => Ok(Self::text(&wanted.text(style.words, style.continuation)?)),
        }
    }

    fn text(text: &str) -> Self {
        Self {
            pieces: tokens(text).into_iter().map(StreamEvent::text).collect(),
            finish: FinishReason::Stop,
        }
    }

    fn tool_call(api: Api, number: u64, tool: &ToolSpec) -> Result<Self, Error> {
        let arguments = match &tool.parameters {
            Some(schema) => schema::example(schema)?,
            None => "{}".to_owned(),
        };
        let first = ToolCallDelta {
            id: Some(api.tool_call_id(number)),
            name: Some(tool.name.clone()),
            ..ToolCallDelta::default()
        };
        let rest = tokens(&arguments).into_iter().map(|text| ToolCallDelta {
            arguments: text.to_owned(),
            ..ToolCallDelta::default()
        });
        Ok(Self {
            pieces: std::iter::once(first)
                .chain(rest)
                .map(StreamEvent::ToolCall)
                .collect(),
            finish: FinishReason::ToolCalls,
        })
    }
}

/// Finds the tool that must be called.
fn forced_tool(request: &ChatRequest) -> Result<Option<&ToolSpec>, Error> {
    let (tool, name) = match &request.tool_choice {
        Some(ToolChoice::Required) => (request.tools.first(), "any"),
        Some(ToolChoice::Tool(name)) => {
            let mut tools = request.tools.iter();
            (tools.find(|tool| tool.name == *name), name.as_str())
        }
        _ => return Ok(None),
    };
    match tool {
        Some(tool) => Ok(Some(tool)),
        None => Err(Error::new(ErrorKind::InvalidRequest).with_message(format!(
            "Invalid value for 'tool_choice': tool '{name}' was not found in 'tools'."
        ))),
    }
}

fn start(api: Api, number: u64, request: &ChatRequest) -> ReplyStart {
    let mut start = ReplyStart::new(api.codec().protocol());
    start.id = Some(api.reply_id(number));
    start.model = Some(request.model.clone());
    start.created = Some(CREATED);
    start
}

fn of_choice(piece: &StreamEvent, choice: u32) -> StreamEvent {
    match piece {
        StreamEvent::Text(delta) => StreamEvent::Text(Delta {
            choice,
            text: delta.text.clone(),
        }),
        StreamEvent::ToolCall(delta) => StreamEvent::ToolCall(ToolCallDelta {
            choice,
            ..delta.clone()
        }),
        other => other.clone(),
    }
}

fn ending(choice: u32, reason: &FinishReason) -> StreamEvent {
    StreamEvent::Finish(Finish {
        choice,
        reason: reason.clone(),
        extra: None,
    })
}

/// Counts what was read: the words of all messages and of all tools' schemas.
fn input_tokens(request: &ChatRequest) -> u64 {
    let messages = request.messages.iter();
    let said: usize = messages
        .flat_map(|message| message.content.texts())
        .map(|text| tokens(text).len())
        .sum();
    let schemas = request
        .tools
        .iter()
        .filter_map(|tool| tool.parameters.as_ref());
    let offered: usize = schemas
        .map(RawJson::get)
        .map(|text| tokens(text).len())
        .sum();
    // A message costs a few tokens of its own.
    (said + offered + 3 * request.messages.len()) as u64
}
