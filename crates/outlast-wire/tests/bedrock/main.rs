//! Amazon Bedrock's Converse, both sides.

mod errors;
mod expected;
mod frames;
mod invoke;
mod properties;
mod recordings;
mod support;
