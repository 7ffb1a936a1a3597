//! Which protocol an exchange is in.

use super::Exchange;

/// The protocol of an exchange: which codec reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// OpenAI's Chat Completions.
    OpenAiChat,
    /// OpenAI's older Completions.
    Completions,
    /// Anthropic's Messages.
    Messages,
    /// Cohere's own chat format.
    Cohere,
    /// The one before it.
    CohereOlder,
    /// Ollama's own chat format.
    Ollama,
}

/// Tells which protocol an exchange is in, by its operation and, where one operation is spoken in several, by its
/// address; or why it cannot be read.
pub(super) fn spoken(exchange: &Exchange) -> Result<Spoken, String> {
    Ok(match exchange.operation.as_str() {
        "chat" => chat(exchange),
        "completions" => Spoken::Completions,
        "messages" => Spoken::Messages,
        "ollama-chat" => Spoken::Ollama,
        operation => return Err(format!("no codec speaks the operation `{operation}` yet")),
    })
}

/// Cohere's own formats have paths of their own; in its compatible one the path ends as everybody's.
fn chat(exchange: &Exchange) -> Spoken {
    let address = exchange.address();
    if address.ends_with("/v1/chat") {
        Spoken::CohereOlder
    } else if address.ends_with("/chat") {
        Spoken::Cohere
    } else {
        Spoken::OpenAiChat
    }
}
