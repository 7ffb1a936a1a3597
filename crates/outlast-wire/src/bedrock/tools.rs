//! Tools, the choice among them, and the form of the answer.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use outlast_types::{ChatRequest, Error, RawJson, ResponseFormat, ToolChoice, ToolSpec};
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::family::takes_schema;
use super::origin::Origin;
use crate::anthropic::{JSON_TOOL, JSON_TOOL_DESCRIPTION, empty_schema, object_schema};
use crate::json::{FieldError, Object, ObjectWriter};
use crate::notes::Notes;

/// The tools of a request and the form of its answer, ready to be written.
#[derive(Debug)]
pub(super) struct Toolbox<'a> {
    tools: Vec<Tool<'a>>,
    choice: Option<Choice<'a>>,
    /// What else stands in `toolConfig`.
    rest: Option<BTreeMap<String, RawJson>>,
    /// The form for `outputConfig.textFormat`.
    pub(super) format: Option<&'a ResponseFormat>,
}

#[derive(Debug)]
enum Tool<'a> {
    Offered {
        tool: &'a ToolSpec,
        schema: Cow<'a, RawJson>,
        strict: Option<bool>,
    },
    /// One that was called before and is offered no more.
    Called(&'a str),
    /// The one that stands for the answer.
    JsonAnswer {
        description: Option<&'a str>,
        schema: Cow<'a, RawJson>,
    },
    /// An entry that only this protocol knows: a tool that the provider runs, a cache point.
    Raw(&'a BTreeMap<String, RawJson>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Choice<'a> {
    Auto,
    Any,
    Tool(&'a str),
    Raw(&'a RawJson),
}

/// What bears on the tools beside the request itself.
pub(super) struct Circumstances<'a> {
    pub(super) origin: Origin,
    pub(super) model: &'a str,
    /// The names of the tools that the turns so far call.
    pub(super) called: BTreeSet<&'a str>,
}

impl<'a> Toolbox<'a> {
    pub(super) fn plan(
        request: &'a ChatRequest,
        circumstances: &Circumstances<'a>,
        notes: &mut Notes,
    ) -> Result<Self, Error> {
        let own = circumstances.origin.is_own();
        let rest = request
            .extra
            .as_ref()
            .and_then(|extra| extra.fields_for(&PROTOCOL));
        let mut toolbox = Self {
            tools: Vec::with_capacity(request.tools.len()),
            choice: None,
            rest: rest.and_then(|fields| fields.get("toolConfig")?.read().ok()),
            format: None,
        };
        for tool in &request.tools {
            toolbox.tools.extend(plan_tool(tool, circumstances, notes)?);
        }
        toolbox.plan_choice(request.tool_choice.as_ref(), own, notes);
        if request.parallel_tool_calls == Some(false) && !toolbox.tools.is_empty() {
            notes.loss(
                "whether several tools may be called at once is left out: the format cannot say it",
            );
        }
        toolbox.plan_format(request.response_format.as_ref(), circumstances, notes)?;
        if toolbox.tools.is_empty() && !own {
            toolbox.offer_called(&circumstances.called, notes);
        }
        Ok(toolbox)
    }

    /// Tells whether a tool must be called. A Claude that must does not think.
    pub(super) fn is_forced(&self) -> bool {
        matches!(self.choice, Some(Choice::Any | Choice::Tool(_)))
    }

    fn plan_choice(&mut self, choice: Option<&'a ToolChoice>, own: bool, notes: &mut Notes) {
        self.choice = match choice {
            None => None,
            Some(ToolChoice::Auto) => Some(Choice::Auto),
            Some(ToolChoice::Required) => Some(Choice::Any),
            Some(ToolChoice::Tool(name)) => Some(Choice::Tool(name)),
            Some(ToolChoice::Opaque(raw)) if own => Some(Choice::Raw(raw)),
            Some(ToolChoice::None) => {
                self.tools.clear();
                notes.change("tools are left out, for none may be called");
                None
            }
            Some(_) => {
                notes.loss("a tool choice of another protocol is left out");
                None
            }
        };
        if self.tools.is_empty() && !own {
            self.choice = None;
        }
    }

    fn plan_format(
        &mut self,
        format: Option<&'a ResponseFormat>,
        circumstances: &Circumstances<'_>,
        notes: &mut Notes,
    ) -> Result<(), Error> {
        match format {
            Some(
                format @ ResponseFormat::JsonSchema {
                    schema,
                    strict,
                    description,
                    ..
                },
            ) => {
                let is_native = takes_schema(circumstances.model) && *strict == Some(true);
                if circumstances.origin == Origin::SameVendor || is_native {
                    self.format = Some(format);
                    return Ok(());
                }
                self.answer_by_tool(description.as_deref(), object_schema(schema)?, notes);
            }
            Some(ResponseFormat::JsonObject) => {
                let schema = Cow::Owned(empty_schema(r#"{"type":"object"}"#));
                self.answer_by_tool(None, schema, notes);
            }
            None | Some(ResponseFormat::Text) => {}
            Some(_) => notes.loss("a response format of another protocol is left out"),
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
        // It must call that one now, and can answer only afterwards.
        if matches!(self.choice, Some(Choice::Tool(_) | Choice::Raw(_))) {
            return;
        }
        notes.change("the JSON answer is asked for as the arguments of a tool");
        self.choice = Some(if self.tools.is_empty() {
            Choice::Tool(JSON_TOOL)
        } else {
            Choice::Any
        });
        self.tools.push(Tool::JsonAnswer {
            description,
            schema,
        });
    }

    /// "The toolConfig field must be defined when using toolUse and toolResult content blocks."
    fn offer_called(&mut self, called: &BTreeSet<&'a str>, notes: &mut Notes) {
        if called.is_empty() {
            return;
        }
        notes.change("tools that were called before are offered again: the format wants them");
        self.tools
            .extend(called.iter().map(|name| Tool::Called(name)));
    }

    /// Writes the field `toolConfig`.
    pub(super) fn write(&self, body: &mut ObjectWriter<'_>) {
        if self.tools.is_empty() && self.choice.is_none() && self.rest.is_none() {
            return;
        }
        body.object("toolConfig", |config| {
            if !self.tools.is_empty() {
                config.array("tools", |tools| {
                    for tool in &self.tools {
                        tools.object(|object| tool.write(object));
                    }
                });
            }
            if let Some(choice) = self.choice {
                choice.write(config);
            }
            config.fields(self.rest.as_ref().unwrap_or(&BTreeMap::new()));
        });
    }
}

impl Choice<'_> {
    fn write(self, config: &mut ObjectWriter<'_>) {
        if let Self::Raw(raw) = self {
            config.field("toolChoice", raw);
            return;
        }
        config.object("toolChoice", |choice| match self {
            Self::Any => choice.object("any", |_| {}),
            Self::Tool(name) => choice.object("tool", |tool| {
                tool.field("name", name);
            }),
            Self::Auto | Self::Raw(_) => choice.object("auto", |_| {}),
        });
    }
}

impl Tool<'_> {
    fn write(&self, object: &mut ObjectWriter<'_>) {
        if let Self::Raw(fields) = self {
            object.fields(fields);
            return;
        }
        object.object("toolSpec", |spec| match self {
            Self::Offered {
                tool,
                schema,
                strict,
            } => {
                spec.field("name", &tool.name)
                    .optional("description", tool.description.as_ref());
                write_schema(spec, schema);
                spec.optional("strict", strict.as_ref())
                    .extra(tool.extra.as_ref(), &PROTOCOL);
            }
            Self::Called(name) => {
                spec.field("name", name);
                write_schema(spec, &empty_schema(NO_ARGUMENTS));
            }
            Self::JsonAnswer {
                description,
                schema,
            } => {
                spec.field("name", JSON_TOOL)
                    .field("description", description.unwrap_or(JSON_TOOL_DESCRIPTION));
                write_schema(spec, schema);
            }
            Self::Raw(_) => {}
        });
    }
}

const NO_ARGUMENTS: &str = r#"{"type":"object","properties":{}}"#;

fn write_schema(spec: &mut ObjectWriter<'_>, schema: &RawJson) {
    spec.object("inputSchema", |input| {
        input.field("json", schema);
    });
}

fn plan_tool<'a>(
    tool: &'a ToolSpec,
    circumstances: &Circumstances<'_>,
    notes: &mut Notes,
) -> Result<Option<Tool<'a>>, Error> {
    let own_fields = tool
        .extra
        .as_ref()
        .and_then(|extra| extra.fields_for(&PROTOCOL));
    let is_own = own_fields.is_some() || circumstances.origin.is_own() && tool.extra.is_none();
    notes.leave_out(tool.extra.as_ref(), &PROTOCOL);
    let schema = match &tool.parameters {
        Some(schema) if is_own => Cow::Borrowed(schema),
        Some(schema) => object_schema(schema)?,
        None if is_own => return Ok(own_fields.map(Tool::Raw)),
        None if tool.extra.is_some() => {
            notes.loss("tools that run at another provider are left out");
            return Ok(None);
        }
        None => Cow::Owned(empty_schema(NO_ARGUMENTS)),
    };
    let takes_strict = is_own || takes_schema(circumstances.model);
    if tool.strict == Some(true) && !takes_strict {
        notes.loss("tool schemas are not enforced: the model has no strict tools");
    }
    Ok(Some(Tool::Offered {
        tool,
        schema,
        strict: tool
            .strict
            .filter(|strict| is_own || takes_strict && *strict),
    }))
}

/// Reads one of `tools`. An entry that only this protocol knows is nothing but its fields.
pub(super) fn read_tool(raw: &RawValue) -> Result<ToolSpec, FieldError> {
    let mut entry = Object::from_raw(raw)?;
    let Some(mut spec) = entry.take::<Object<'_>>("toolSpec")? else {
        let mut tool = ToolSpec::without_parameters(system_name(&entry));
        tool.extra = entry.into_extra(PROTOCOL);
        return Ok(tool);
    };
    let within = |error: FieldError| error.within("toolSpec");
    let name: String = spec.require("name").map_err(within)?;
    let mut schema = spec.require::<Object<'_>>("inputSchema").map_err(within)?;
    let json = schema.require::<&RawValue>("json");
    let json = json.map_err(|error| within(error.within("inputSchema")))?;
    let mut tool = ToolSpec::new(name, RawJson::from(json));
    tool.description = spec.take("description").map_err(within)?;
    tool.strict = spec.take("strict").map_err(within)?;
    tool.extra = spec.into_extra(PROTOCOL);
    Ok(tool)
}

/// Returns the name of a tool that the provider runs.
fn system_name(entry: &Object<'_>) -> String {
    let read = |raw: &RawValue| Object::from_raw(raw).ok()?.take("name").ok()?;
    entry.get("systemTool").and_then(read).unwrap_or_default()
}

/// Reads `toolChoice`. One that the vocabulary has no name for is kept as it is.
pub(super) fn read_choice(raw: &RawValue) -> Result<ToolChoice, FieldError> {
    let mut fields = Object::from_raw(raw)?;
    let kept = || ToolChoice::Opaque(raw.into());
    let is_empty = |raw: &RawValue| raw.get().trim_matches(['{', '}']).trim().is_empty();
    let choice = match (fields.take_raw("auto"), fields.take_raw("any")) {
        (Some(auto), None) if is_empty(auto) => ToolChoice::Auto,
        (None, Some(any)) if is_empty(any) => ToolChoice::Required,
        (None, None) => match fields.take::<Object<'_>>("tool")? {
            Some(mut tool) => {
                let name = tool.require("name").map_err(|error| error.within("tool"))?;
                if tool.into_rest().is_empty() {
                    ToolChoice::Tool(name)
                } else {
                    kept()
                }
            }
            None => kept(),
        },
        _ => kept(),
    };
    Ok(if fields.into_rest().is_empty() {
        choice
    } else {
        kept()
    })
}
