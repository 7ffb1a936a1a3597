//! Google's Gemini format: `generateContent` and `streamGenerateContent`, at the Gemini API and at Vertex AI.

use outlast_types::Protocol;

/// Names Google's Gemini format.
pub const PROTOCOL: Protocol = Protocol::new("gemini");
