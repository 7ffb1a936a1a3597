//! Reads replies: the events of a stream, or a whole body.

use bytes::Bytes;
use outlast_types::{Error, ErrorKind, Opaque, RawJson, StreamEvent};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PROTOCOL;
use super::ending::{Interaction, read_error};
use super::step::{OpenCall, Step, end_part};
use crate::error::{malformed, malformed_json};
use crate::{Events, FrameDecoder};

/// What ends a stream, if anything comes after its last event.
const DONE: &str = "[DONE]";

/// Understands the events of a stream and the body of a whole reply.
#[derive(Debug, Default)]
pub struct InteractionFrames {
    calls: u32,
    open: Option<OpenCall>,
    done: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Event<'a> {
    event_type: Option<&'a str>,
    #[serde(borrow)]
    interaction: Option<Interaction<'a>>,
    #[serde(borrow)]
    step: Option<&'a RawValue>,
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Steps<'a> {
    #[serde(borrow)]
    steps: Option<Vec<&'a RawValue>>,
}

impl FrameDecoder for InteractionFrames {
    fn frame(&mut self, name: Option<&str>, data: &str, out: &mut Events) -> Result<(), Error> {
        if data.trim_ascii() == DONE {
            return Ok(());
        }
        let event: Event<'_> =
            serde_json::from_str(data).map_err(|error| malformed_json(&error))?;
        if let Some(raw) = event.error.filter(|raw| raw.get() != "null") {
            self.done = true;
            return Err(read_error(raw, ErrorKind::StreamBroken));
        }
        match event.event_type.or(name) {
            Some("interaction.created") => event.interaction.unwrap_or_default().start(out),
            Some("interaction.completed") => {
                self.done = true;
                return event.interaction.unwrap_or_default().finish(out);
            }
            Some("interaction.status_update") => {}
            Some("step.start") => {
                let step = event.step.ok_or_else(|| malformed("a step is missing"))?;
                self.open = Step::read(step)?.start(&mut self.calls, out)?;
            }
            Some("step.delta") => {
                let delta = event.delta.ok_or_else(|| malformed("a delta is missing"))?;
                if !Step::read(delta)?.delta(self.open.as_mut(), out)? {
                    out.push_back(opaque(data)?);
                }
            }
            Some("step.stop") => {
                if let Some(open) = self.open.take() {
                    open.stop(out);
                }
                end_part(out);
            }
            _ => out.push_back(opaque(data)?),
        }
        Ok(())
    }

    fn whole(&mut self, body: &Bytes, out: &mut Events) -> Result<(), Error> {
        let interaction: Interaction<'_> =
            serde_json::from_slice(body).map_err(|error| malformed_json(&error))?;
        if let Some(raw) = interaction.error() {
            return Err(read_error(raw, ErrorKind::Server));
        }
        let steps: Steps<'_> =
            serde_json::from_slice(body).map_err(|error| malformed_json(&error))?;
        interaction.start(out);
        for raw in steps.steps.into_iter().flatten() {
            Step::read(raw)?.whole(raw, &mut self.calls, out)?;
        }
        self.done = true;
        interaction.finish(out)
    }

    fn end(&mut self, _: &mut Events) -> Result<(), Error> {
        Err(Error::new(ErrorKind::StreamBroken)
            .with_message("the stream ended before the answer did"))
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

fn opaque(data: &str) -> Result<StreamEvent, Error> {
    let raw = RawJson::parse(data).map_err(|error| malformed_json(&error))?;
    let origin = PROTOCOL;
    Ok(StreamEvent::Opaque(Box::new(Opaque { origin, raw })))
}
