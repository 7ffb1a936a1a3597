//! Names what stays behind of a whole request.

use outlast_types::{ChatBody, Content, ContentPart, Message, Protocol};

use crate::notes::Notes;

impl Notes {
    /// Names the fields of other protocols, wherever in `body` they stand, for a protocol that carries none of them.
    pub(crate) fn leave_out_all(&mut self, body: &ChatBody, own: &Protocol) {
        self.leave_out(body.extra.as_ref(), own);
        for message in &body.messages {
            self.leave_out(message.extra.as_ref(), own);
            self.leave_out_of(&message.content, own);
        }
        for tool in &body.tools {
            // One that runs at its provider is left out as a whole.
            if tool.parameters.is_some() {
                self.leave_out(tool.extra.as_ref(), own);
            }
        }
        if let Some(config) = &body.reasoning {
            self.leave_out(config.extra.as_ref(), own);
        }
    }

    /// Names the fields of other protocols in the parts of `content`.
    pub(crate) fn leave_out_of(&mut self, content: &Content, own: &Protocol) {
        for part in content.parts() {
            match part {
                ContentPart::Text(text) => self.leave_out(text.extra.as_ref(), own),
                ContentPart::Image(media)
                | ContentPart::Document(media)
                | ContentPart::Audio(media) => self.leave_out(media.extra.as_ref(), own),
                ContentPart::ToolCall(call) => self.leave_out(call.extra.as_ref(), own),
                ContentPart::ToolResult(result) => {
                    self.leave_out(result.extra.as_ref(), own);
                    self.leave_out_of(&result.content, own);
                }
                // Reasoning and opaque parts are left out as a whole.
                _ => {}
            }
        }
    }

    /// Notes that the format has no names of speakers, if there are any.
    pub(crate) fn leave_out_names(&mut self, messages: &[Message]) {
        if messages.iter().any(|message| message.name.is_some()) {
            self.loss("names of speakers are left out");
        }
    }
}
