//! What a simulated provider says: a text, a tool call or JSON, in tokens.

use outlast_types::{
    ChatRequest, ChatResponse, Collector, Delta, Error, ErrorKind, Finish, FinishReason, Protocol,
    RawJson, ReasoningDelta, ReplyMeta, ReplyStart, ResponseFormat, StreamEvent, TargetId,
    ToolCallDelta, ToolChoice, ToolSpec, Usage,
};

use crate::continuation::Wanted;
use crate::fault::{After, ContinuationStyle, Empty};
use crate::schema;
use crate::text::{reference_text, tokens};
use crate::vendor::Frames;

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
pub(crate) struct Style<'a> {
    pub(crate) words: usize,
    /// How many words of reasoning come before the answer.
    pub(crate) reasoning: usize,
    /// How many tools are called where one must be.
    pub(crate) tool_calls: usize,
    pub(crate) continuation: ContinuationStyle,
    /// Where and why the answer ends early.
    pub(crate) finish: Option<&'a After<FinishReason>>,
}

/// Who answers.
pub(crate) struct Author<'a> {
    pub(crate) frames: &'a dyn Frames,
    pub(crate) protocol: Protocol,
    /// The number of the call.
    pub(crate) number: u64,
}

impl Answer {
    /// Answers `request`.
    pub(crate) fn compose(
        author: &Author<'_>,
        request: &ChatRequest,
        wanted: &Wanted,
        style: Style<'_>,
    ) -> Result<Self, Error> {
        let mut said = Said::to(author, request, wanted, style)?;
        said.begin_with_reasoning(author, wanted, style);
        if let Some(most) = request.max_output_tokens
            && let Ok(most) = usize::try_from(most)
            && said.pieces.len() > most
        {
            said.end_after(most, FinishReason::Length);
        }
        if let Some(finish) = style.finish {
            said.end_after(finish.tokens, finish.what.clone());
        }
        let choices = request.n.unwrap_or(1).clamp(1, MAX_CHOICES);
        // Where nothing is left to say, the end of the turn is a token too.
        let output = said.pieces.len().max(1) * choices as usize;
        let mut usage = Usage::new(input_tokens(request), output as u64);
        usage.reasoning = said.reasoning() * u64::from(choices);
        Ok(Self {
            start: start(author, request),
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
            usage,
        })
    }

    /// Takes out what an empty reply lacks.
    pub(crate) fn emptied(mut self, empty: Empty) -> Self {
        self.pieces.clear();
        self.usage.output = 0;
        self.usage.reasoning = 0;
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
        author: &Author<'_>,
        request: &ChatRequest,
        wanted: &Wanted,
        style: Style<'_>,
    ) -> Result<Self, Error> {
        let tools = forced_tools(request, style.tool_calls)?;
        if !tools.is_empty() {
            return Self::tool_calls(author, &tools);
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
            _ => {
                let text = wanted.text(style.words, style.continuation)?;
                Ok(Self::up_to_stop(&text, &request.stop))
            }
        }
    }

    fn text(text: &str) -> Self {
        Self {
            pieces: tokens(text).into_iter().map(StreamEvent::text).collect(),
            finish: FinishReason::Stop,
        }
    }

    /// Says the text up to the first of the sequences that end it.
    fn up_to_stop(text: &str, stop: &[String]) -> Self {
        let stops = stop.iter().filter(|stop| !stop.is_empty());
        let before = stops.filter_map(|stop| Some(text.split_once(stop.as_str())?.0));
        match before.min_by_key(|before| before.len()) {
            Some(before) => Self {
                finish: FinishReason::StopSequence,
                ..Self::text(before)
            },
            None => Self::text(text),
        }
    }

    fn tool_calls(author: &Author<'_>, tools: &[&ToolSpec]) -> Result<Self, Error> {
        let mut pieces = Vec::new();
        for (number, tool) in tools.iter().enumerate() {
            let index = u32::try_from(number).unwrap_or(u32::MAX);
            let arguments = match &tool.parameters {
                Some(schema) => schema::example(schema)?,
                None => "{}".to_owned(),
            };
            pieces.push(StreamEvent::ToolCall(ToolCallDelta {
                index,
                id: Some(author.frames.tool_call_id(author.number, number)),
                name: Some(tool.name.clone()),
                ..ToolCallDelta::default()
            }));
            pieces.extend(tokens(&arguments).into_iter().map(|text| {
                StreamEvent::ToolCall(ToolCallDelta {
                    index,
                    arguments: text.to_owned(),
                    ..ToolCallDelta::default()
                })
            }));
        }
        Ok(Self {
            pieces,
            finish: FinishReason::ToolCalls,
        })
    }

    /// Thinks before it answers, and signs what it thought.
    fn begin_with_reasoning(&mut self, author: &Author<'_>, wanted: &Wanted, style: Style<'_>) {
        if style.reasoning == 0 {
            return;
        }
        let thought = thought_about(&wanted.user_text, style.reasoning);
        let words = tokens(&thought).into_iter().map(|text| ReasoningDelta {
            text: text.to_owned(),
            ..ReasoningDelta::default()
        });
        let signature = ReasoningDelta {
            signature: Some(format!("sig-sim-{}", author.number)),
            ..ReasoningDelta::default()
        };
        let reasoning = words.chain([signature]).map(StreamEvent::Reasoning);
        self.pieces.splice(0..0, reasoning);
    }

    fn end_after(&mut self, tokens: usize, why: FinishReason) {
        self.pieces.truncate(tokens);
        self.finish = why;
    }

    /// Counts the tokens of reasoning.
    fn reasoning(&self) -> u64 {
        let is_reasoning = |piece: &&StreamEvent| matches!(piece, StreamEvent::Reasoning(_));
        self.pieces.iter().filter(is_reasoning).count() as u64
    }
}

/// Returns what a simulated model thinks before it answers, in so many words.
pub(crate) fn thought_about(user_message: &str, words: usize) -> String {
    reference_text(&format!("about {user_message}"), words)
}

/// Finds the tools that are called where one must be, at most so many: the first ones, or the named one.
fn forced_tools(request: &ChatRequest, most: usize) -> Result<Vec<&ToolSpec>, Error> {
    let most = match request.parallel_tool_calls {
        Some(false) => most.min(1),
        _ => most,
    };
    let (tools, name): (Vec<_>, _) = match &request.tool_choice {
        Some(ToolChoice::Required) => (request.tools.iter().take(most).collect(), "any"),
        Some(ToolChoice::Tool(name)) => {
            let named = request.tools.iter().find(|tool| tool.name == *name);
            (named.into_iter().collect(), name.as_str())
        }
        _ => return Ok(Vec::new()),
    };
    if tools.is_empty() {
        return Err(Error::new(ErrorKind::InvalidRequest).with_message(format!(
            "Invalid value for 'tool_choice': tool '{name}' was not found in 'tools'."
        )));
    }
    Ok(tools)
}

fn start(author: &Author<'_>, request: &ChatRequest) -> ReplyStart {
    let mut start = ReplyStart::new(author.protocol.clone());
    start.id = author.frames.reply_id(author.number);
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
        StreamEvent::Reasoning(delta) => StreamEvent::Reasoning(ReasoningDelta {
            choice,
            ..delta.clone()
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
pub(crate) fn input_tokens(request: &ChatRequest) -> u64 {
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
