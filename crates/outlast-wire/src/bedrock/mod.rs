//! Amazon Bedrock's Converse and ConverseStream.

use outlast_types::Protocol;

/// Names Amazon Bedrock's Converse format.
pub const PROTOCOL: Protocol = Protocol::new("bedrock-converse");
