//! The name of a wire format.

use std::borrow::Cow;
use std::fmt;

/// Names a wire format, such as the chat format that many providers share.
///
/// It marks what only that format understands: [`Extra`](crate::Extra) fields, [`Opaque`](crate::Opaque) parts,
/// signed [`Reasoning`](crate::Reasoning). The constants live with the codecs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Protocol(Cow<'static, str>);

impl Protocol {
    /// Names a protocol in a constant.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Protocol {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
