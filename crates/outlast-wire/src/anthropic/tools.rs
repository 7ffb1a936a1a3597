//! Tools, the choice among them, and the form of the answer where a tool stands for it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use outlast_types::{ChatRequest, Error, RawJson, ResponseFormat, ToolChoice, ToolSpec};
use serde_json::value::RawValue;

use super::origin::Origin;
use super::{Dialect, PROTOCOL, StructuredOutput, Thinking};
use crate::json::{FieldError, Object, ObjectWriter, Shape, read_value, shape};
use crate::notes::{Notes, foreign_format, unsupported};

/// The tool whose arguments are the answer, where a model has no other way to answer in JSON.
pub(crate) const JSON_TOOL: &str = "outlast_json_answer";

pub(crate) const JSON_TOOL_DESCRIPTION: &str =
    "Gives the final answer. Its arguments are the JSON that was asked for.";

/// The tools of a request and the form of its answer, ready to be written.
#[derive(Debug)]
pub(super) struct Toolbox<'a> {
    tools: Vec<Tool<'a>>,
    choice: Option<Choice<'a>>,
    disable_parallel: Option<bool>,
    /// The schema for `output_config.format`.
    pub(super) output_schema: Option<&'a RawJson>,
}

#[derive(Debug)]
enum Tool<'a> {
    Offered {
        tool: &'a ToolSpec,
        schema: Option<Cow<'a, RawJson>>,
        strict: Option<bool>,
    },
    /// The one that stands for the answer.
    JsonAnswer {
        description: Option<&'a str>,
        schema: Cow<'a, RawJson>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Choice<'a> {
    Auto,
    Any,
    None,
    Tool(&'a str),
    Raw(&'a RawJson),
}

impl<'a> Toolbox<'a> {
    pub(super) fn plan(
        request: &'a ChatRequest,
        origin: Origin,
        dialect: Dialect,
        notes: &mut Notes,
    ) -> Result<Self, Error> {
        let own = origin.is_own();
        let mut toolbox = Self {
            tools: Vec::with_capacity(request.tools.len()),
            choice: None,
            disable_parallel: request.parallel_tool_calls.map(|parallel| !parallel),
            output_schema: None,
        };
        for tool in &request.tools {
            toolbox.tools.extend(plan_tool(tool, own, dialect, notes)?);
        }
        toolbox.choice = toolbox.plan_choice(request.tool_choice.as_ref(), own, notes);
        toolbox.plan_format(request.response_format.as_ref(), origin, dialect, notes)?;
        if toolbox.tools.is_empty() && !own {
            // "tool_choice may only be specified while providing tools"
            toolbox.choice = None;
            toolbox.disable_parallel = None;
        }
        Ok(toolbox)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// Tells whether the choice forbids thinking. "Thinking may not be enabled when tool_choice forces tool use"; a model
    /// that thinks adaptively takes a choice that leaves it which tool.
    pub(super) fn forbids_thinking(&self, thinking: Thinking) -> bool {
        match self.choice {
            Some(Choice::Any) => thinking != Thinking::Adaptive,
            Some(Choice::Tool(_)) => true,
            _ => false,
        }
    }

    fn plan_choice(
        &self,
        choice: Option<&'a ToolChoice>,
        own: bool,
        notes: &mut Notes,
    ) -> Option<Choice<'a>> {
        Some(match choice? {
            ToolChoice::Auto => Choice::Auto,
            ToolChoice::None => Choice::None,
            ToolChoice::Required => Choice::Any,
            ToolChoice::Tool(name) => Choice::Tool(name),
            ToolChoice::Opaque(raw) if own => Choice::Raw(raw),
            _ => {
                notes.loss("a tool choice of another protocol is left out");
                return None;
            }
        })
    }

    fn plan_format(
        &mut self,
        format: Option<&'a ResponseFormat>,
        origin: Origin,
        dialect: Dialect,
        notes: &mut Notes,
    ) -> Result<(), Error> {
        match format {
            Some(ResponseFormat::JsonSchema {
                schema,
                strict,
                description,
                ..
            }) => {
                let is_native = dialect.structured_output == StructuredOutput::Native;
                if origin == Origin::Exact || is_native && *strict == Some(true) {
                    self.output_schema = Some(schema);
                    return Ok(());
                }
                let schema = object_schema(schema)?;
                self.answer_by_tool(description.as_deref(), schema, notes);
            }
            Some(ResponseFormat::JsonObject) => {
                let schema = Cow::Owned(empty_schema(r#"{"type":"object"}"#));
                self.answer_by_tool(None, schema, notes);
            }
            None | Some(ResponseFormat::Text) => {}
            Some(_) => return Err(foreign_format()),
        }
        Ok(())
    }

    /// Makes the model answer by calling a tool; the decoder turns its arguments into the text of the answer.
    fn answer_by_tool(
        &mut self,
        description: Option<&'a str>,
        schema: Cow<'a, RawJson>,
        notes: &mut Notes,
    ) {
        let is_only_tool = self.tools.is_empty() || self.choice == Some(Choice::None);
        let choice = match self.choice {
            // It must call that one now, and can answer only afterwards.
            Some(Choice::Tool(_) | Choice::Raw(_)) => {
                return notes
                    .change("the JSON answer is not asked for: a tool must be called first");
            }
            Some(Choice::None) => Choice::Tool(JSON_TOOL),
            _ => Choice::Any,
        };
        notes.change("the JSON answer is asked for as the arguments of a tool");
        self.tools.push(Tool::JsonAnswer {
            description,
            schema,
        });
        self.choice = Some(choice);
        if is_only_tool {
            // One answer is enough.
            self.disable_parallel = Some(true);
        }
    }

    /// Writes the fields `tools` and `tool_choice`.
    pub(super) fn write(&self, body: &mut ObjectWriter<'_>) {
        if !self.tools.is_empty() {
            body.array("tools", |tools| {
                for tool in &self.tools {
                    tools.object(|object| tool.write(object));
                }
            });
        }
        let choice = match (self.choice, self.disable_parallel) {
            (Some(choice), _) => choice,
            (None, Some(true)) => Choice::Auto,
            (None, _) => return,
        };
        if let Choice::Raw(raw) = choice {
            body.field("tool_choice", raw);
            return;
        }
        body.object("tool_choice", |object| {
            let (kind, name) = match choice {
                Choice::Any => ("any", None),
                Choice::None => ("none", None),
                Choice::Tool(name) => ("tool", Some(name)),
                Choice::Auto | Choice::Raw(_) => ("auto", None),
            };
            object.field("type", kind).optional("name", name);
            if choice != Choice::None {
                object.optional("disable_parallel_tool_use", self.disable_parallel.as_ref());
            }
        });
    }
}

impl Tool<'_> {
    fn write(&self, object: &mut ObjectWriter<'_>) {
        match self {
            Self::Offered {
                tool,
                schema,
                strict,
            } => {
                object
                    .field("name", &tool.name)
                    .optional("description", tool.description.as_ref())
                    .optional("input_schema", schema.as_deref())
                    .optional("strict", strict.as_ref())
                    .extra(tool.extra.as_ref(), &PROTOCOL);
            }
            Self::JsonAnswer {
                description,
                schema,
            } => {
                object
                    .field("name", JSON_TOOL)
                    .field("description", description.unwrap_or(JSON_TOOL_DESCRIPTION))
                    .field("input_schema", schema.as_ref());
            }
        }
    }
}

fn plan_tool<'a>(
    tool: &'a ToolSpec,
    own: bool,
    dialect: Dialect,
    notes: &mut Notes,
) -> Result<Option<Tool<'a>>, Error> {
    let is_own = match &tool.extra {
        Some(extra) => extra.origin == PROTOCOL,
        None => own,
    };
    let schema = match &tool.parameters {
        Some(schema) if is_own => Some(Cow::Borrowed(schema)),
        Some(schema) => Some(object_schema(schema)?),
        // A tool that runs at this provider.
        None if is_own => None,
        None if tool.extra.is_some() => {
            notes.loss("tools that run at another provider are left out");
            return Ok(None);
        }
        None => Some(Cow::Owned(empty_schema(
            r#"{"type":"object","properties":{}}"#,
        ))),
    };
    let takes_strict = is_own || dialect.structured_output == StructuredOutput::Native;
    if tool.strict == Some(true) && !takes_strict {
        notes.loss("tool schemas are not enforced: the model has no strict tools");
    }
    Ok(Some(Tool::Offered {
        tool,
        schema,
        strict: tool.strict.filter(|_| takes_strict),
    }))
}

pub(crate) fn empty_schema(text: &str) -> RawJson {
    // The texts are constants of this file.
    RawJson::parse(text).unwrap_or_else(|_| RawJson::from(serde_json::Value::Null))
}

/// Returns `schema` with `"type": "object"` at its top, which Anthropic asks for and others do not.
pub(crate) fn object_schema(schema: &RawJson) -> Result<Cow<'_, RawJson>, Error> {
    let Ok(object) = Object::from_raw(schema.as_raw_value()) else {
        return Err(unsupported("a JSON schema must be an object"));
    };
    match object.get("type") {
        Some(kind) if kind.get() == r#""object""# => return Ok(Cow::Borrowed(schema)),
        Some(_) => {
            return Err(unsupported(
                "the provider's schemas must have the type \"object\"",
            ));
        }
        None => {}
    }
    let rest = schema
        .get()
        .trim_start()
        .strip_prefix('{')
        .unwrap_or_default();
    let comma = if object.into_rest().is_empty() {
        ""
    } else {
        ","
    };
    let text = format!(r#"{{"type":"object"{comma}{rest}"#);
    RawJson::parse(text)
        .map(Cow::Owned)
        .map_err(|_| unsupported("a JSON schema must be an object"))
}

/// Reads one of `tools`.
pub(super) fn read_tool(raw: &RawValue) -> Result<ToolSpec, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let is_custom = match fields.get("type") {
        None => true,
        Some(kind) => kind.get() == r#""custom""#,
    };
    let name: String = fields.require("name")?;
    let parameters = if is_custom {
        Some(RawJson::from(
            fields.require_with("input_schema", an_object)?,
        ))
    } else {
        None
    };
    let mut tool = ToolSpec::without_parameters(name);
    tool.parameters = parameters;
    if is_custom {
        tool.description = fields.take("description")?;
        tool.strict = fields.take("strict")?;
    }
    tool.extra = fields.into_extra(PROTOCOL);
    Ok(tool)
}

fn an_object(raw: &RawValue) -> Result<&RawValue, FieldError> {
    match shape(raw) {
        Shape::Object => Ok(raw),
        _ => Err(FieldError::new("expected an object")),
    }
}

/// What `tool_choice` says.
#[derive(Debug, Default)]
pub(super) struct ReadChoice {
    pub(super) choice: Option<ToolChoice>,
    pub(super) parallel: Option<bool>,
}

/// Reads `tool_choice`. One that the vocabulary has no name for is kept as it is.
pub(super) fn read_choice(raw: &RawValue) -> Result<ReadChoice, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let kind: String = fields.require("type")?;
    let choice = match kind.as_str() {
        "auto" => Some(ToolChoice::Auto),
        "any" => Some(ToolChoice::Required),
        "none" => Some(ToolChoice::None),
        "tool" => Some(ToolChoice::Tool(fields.require("name")?)),
        _ => None,
    };
    let disable_parallel = fields.take_with("disable_parallel_tool_use", read_value::<bool>)?;
    let rest: BTreeMap<_, _> = fields.into_rest();
    match choice {
        Some(choice) if rest.is_empty() => Ok(ReadChoice {
            choice: Some(choice),
            parallel: disable_parallel.map(|disable| !disable),
        }),
        _ => Ok(ReadChoice {
            choice: Some(ToolChoice::Opaque(raw.into())),
            parallel: None,
        }),
    }
}
