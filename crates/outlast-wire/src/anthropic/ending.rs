//! The end of a reply, as it is written.

use outlast_types::{Extra, FinishReason, RawJson};

use super::{PROTOCOL, finish};
use crate::json::ObjectWriter;

/// The field that tells which of the request's texts ended the reply.
const STOP_SEQUENCE: &str = "stop_sequence";

/// Why a reply ends, and what its protocol says beside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending<'a> {
    pub(super) reason: Option<&'a FinishReason>,
    pub(super) extra: Option<&'a Extra>,
    /// Whether the reply came in this protocol.
    pub(super) own: bool,
    /// Whether it calls a tool.
    pub(super) called: bool,
}

impl<'a> Ending<'a> {
    /// Writes `stop_reason` and `stop_sequence`, which are always there.
    pub(super) fn write_reason(&self, object: &mut ObjectWriter<'_>) {
        let name = self
            .reason
            .map(|reason| finish::write(reason, self.own, self.called));
        match self.field(finish::FIELD) {
            Some(written) => object.field(finish::FIELD, written),
            None => object.field(finish::FIELD, &name),
        };
        object.field(STOP_SEQUENCE, &self.field(STOP_SEQUENCE));
    }

    /// Writes those of the other fields that `belongs` names.
    pub(super) fn write_extra(
        &self,
        object: &mut ObjectWriter<'_>,
        belongs: impl Fn(&str) -> bool,
    ) {
        let fields = self.extra.and_then(|extra| extra.fields_for(&PROTOCOL));
        for (name, value) in fields.into_iter().flatten() {
            if name != finish::FIELD && name != STOP_SEQUENCE && belongs(name) {
                object.field(name, value);
            }
        }
    }

    fn field(&self, name: &str) -> Option<&'a RawJson> {
        self.extra?.fields_for(&PROTOCOL)?.get(name)
    }
}
