//! The fuzz targets and what their first inputs are made of.

use std::fs;

use crate::Result;

/// One fuzz target.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: String,
}

/// How a recorded exchange becomes an input; the bytes in front of the body are those that the checks in `fuzz/src` take
/// off again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seed {
    /// The replies and requests of these operations.
    Protocol(&'static [&'static str]),
    /// Those of this operation at one provider.
    Provider(&'static str, &'static str),
    /// The replies of these operations, the events of their streams taken out of the frames, a line each.
    Unpacked(&'static [&'static str]),
    /// The bodies of streams that are text.
    Streams,
    /// The bodies of streams that are binary.
    Frames,
    /// The bodies of all errors.
    Errors,
    /// The headers and bodies of all errors.
    Hints,
}

impl Target {
    /// Returns what its first inputs are made of.
    pub(crate) fn seed(&self) -> Result<Seed> {
        Ok(match self.name.as_str() {
            "sse" => Seed::Streams,
            "event_stream" => Seed::Frames,
            "error_bodies" => Seed::Errors,
            "retry_hints" => Seed::Hints,
            "openai_chat" => Seed::Protocol(&["chat"]),
            "responses" => Seed::Protocol(&["responses", "responses-get"]),
            "anthropic" => Seed::Protocol(&["messages"]),
            "gemini" => Seed::Protocol(&["generate"]),
            "bedrock" => Seed::Protocol(&["converse", "converse-stream"]),
            "bedrock_invoke" => Seed::Unpacked(&["invoke", "invoke-stream"]),
            "cohere" => Seed::Provider("cohere", "chat"),
            "ollama" => Seed::Protocol(&["ollama-chat"]),
            "completions" => Seed::Protocol(&["completions"]),
            "interactions" => Seed::Protocol(&["interactions"]),
            name => return Err(format!("say in xtask what seeds the fuzz target `{name}`").into()),
        })
    }
}

/// Finds the targets, by name.
pub(crate) fn all() -> Result<Vec<Target>> {
    let mut names: Vec<String> = fs::read_dir("fuzz/fuzz_targets")?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names.into_iter().map(|name| Target { name }).collect())
}
