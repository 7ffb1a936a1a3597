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
    /// OpenAI's Responses.
    Responses,
    /// Gemini's format.
    Gemini,
    /// Gemini's Interactions.
    Interactions,
    /// Bedrock's Converse.
    Converse,
    /// A vendor's own format on Bedrock.
    Invoke,
    /// No turn of a conversation; its errors are those of a provider in this family.
    Document(Errors),
}

/// Whose form errors have where the replies are read by their shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errors {
    OpenAi,
    Anthropic,
    Cohere,
    Gemini,
    Bedrock,
}

/// Tells which protocol an exchange is in, by its operation and, where one operation is spoken in several, by its
/// address; or why it cannot be read.
pub(super) fn spoken(exchange: &Exchange) -> Result<Spoken, String> {
    Ok(match exchange.operation.as_str() {
        "chat" => chat(exchange),
        "completions" => Spoken::Completions,
        "messages" => Spoken::Messages,
        "ollama-chat" => Spoken::Ollama,
        "responses" | "responses-get" => Spoken::Responses,
        "generate" => Spoken::Gemini,
        "interactions" => Spoken::Interactions,
        "converse" | "converse-stream" => Spoken::Converse,
        "invoke" if makes_vectors(exchange) => Spoken::Document(Errors::Bedrock),
        "invoke" | "invoke-stream" => Spoken::Invoke,
        "embeddings" | "models" | "count_tokens" | "batches" | "moderations"
        | "cached_contents" => Spoken::Document(errors(exchange)),
        operation => return Err(format!("no codec speaks the operation `{operation}` yet")),
    })
}

/// Bedrock has one operation for answers and for vectors; the latter's models say so in their names, but for an
/// application's own profiles, whose replies do.
fn makes_vectors(exchange: &Exchange) -> bool {
    let model = exchange.address().model();
    model.is_some_and(|model| model.contains("embed"))
        || exchange.reply_has(&["embedding", "embeddings"])
}

/// Tells by the address whose form errors have; most follow OpenAI.
fn errors(exchange: &Exchange) -> Errors {
    let address = exchange.address();
    let is = |parts: &[&str]| parts.iter().any(|part| address.path().contains(part));
    if is(&["/v1/messages"]) {
        Errors::Anthropic
    } else if is(&["/model/"]) {
        Errors::Bedrock
    } else if is(&["/v1beta", "cachedContents", ":predict", ":countTokens"]) {
        Errors::Gemini
    } else if address.ends_with("/embed") {
        Errors::Cohere
    } else {
        Errors::OpenAi
    }
}

/// Cohere's own formats have paths of their own; in its compatible one the path ends as everybody's. Where no address was
/// recorded, its newer format is meant.
fn chat(exchange: &Exchange) -> Spoken {
    let address = exchange.address();
    let is_unknown = address.path().is_empty() && exchange.provider == "cohere";
    if address.ends_with("/v1/chat") {
        Spoken::CohereOlder
    } else if address.ends_with("/chat") || is_unknown {
        Spoken::Cohere
    } else {
        Spoken::OpenAiChat
    }
}
