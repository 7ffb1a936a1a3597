//! What Anthropic binds to the account that made it: the containers in which code ran. Uploaded files are, too, as everywhere.
//!
//! Signatures are not: "`signature` values are compatible across platforms (Claude APIs, Amazon Bedrock, and Vertex AI)",
//! <https://docs.claude.com/en/docs/build-with-claude/extended-thinking>.

use super::PROTOCOL;
use crate::bound::Bound;

pub(crate) const BOUND: Bound = Bound {
    protocol: PROTOCOL,
    content: &[],
    parts: &[],
    is_stored_for_tool: |_, _| false,
    fields: &["container"],
    free_part: |_, _| true,
    free_fields: |_, _| {},
};
