//! Streams of 5 MB in the style of recorded ones.

use bytes::Bytes;

const SIZE: usize = 5_000_000;

/// Pieces as models write them, one with escapes and one beyond ASCII.
const PIECES: [&str; 12] = [
    "The",
    " weather",
    " in",
    " San",
    " Francisco",
    " is",
    " fine",
    ",",
    " so",
    ".\\n\\n",
    " \\\"sunny\\\"",
    " déjà",
];

/// Returns a stream of OpenAI's: chunks with text, padded with `obfuscation`, then a finish, usage and `[DONE]`.
pub(crate) fn openai() -> Bytes {
    let head = r#"{"id":"chatcmpl-CdKU7jAO8mYCVjDyDpc0C7u8brkU7","object":"chat.completion.chunk","created":1763489571,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_560af6e559""#;
    let mut out = format!(
        "data: {head},\"choices\":[{{\"index\":0,\"delta\":{{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}},\"logprobs\":null,\"finish_reason\":null}}],\"obfuscation\":\"4Msqp0\"}}\n\n"
    );
    for piece in PIECES.iter().cycle() {
        if out.len() >= SIZE {
            break;
        }
        out += &format!(
            "data: {head},\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{piece}\"}},\"logprobs\":null,\"finish_reason\":null}}],\"obfuscation\":\"TvXs2\"}}\n\n"
        );
    }
    out += &format!(
        "data: {head},\"choices\":[{{\"index\":0,\"delta\":{{}},\"logprobs\":null,\"finish_reason\":\"stop\"}}],\"obfuscation\":\"x\"}}\n\n"
    );
    out += &format!(
        "data: {head},\"choices\":[],\"usage\":{{\"prompt_tokens\":57,\"completion_tokens\":14,\"total_tokens\":71}},\"obfuscation\":\"\"}}\n\ndata: [DONE]\n\n"
    );
    Bytes::from(out)
}

/// Returns a stream of Anthropic's: named events, one text block, padded with spaces.
pub(crate) fn anthropic() -> Bytes {
    let mut out = String::from(concat!(
        "event: message_start\n",
        r#"data: {"type":"message_start","message":{"model":"claude-sonnet-4-6","id":"msg_011CdTdZcBCtMG98h82iovem","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}          }"#,
        "\n\nevent: content_block_start\n",
        r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}            }"#,
        "\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\n",
    ));
    for (number, piece) in PIECES.iter().cycle().enumerate() {
        if out.len() >= SIZE {
            break;
        }
        let padding = &"              "[..number % 14];
        out += &format!(
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{piece}\"}}{padding}}}\n\n"
        );
    }
    out += concat!(
        "event: content_block_stop\n",
        r#"data: {"type":"content_block_stop","index":0  }"#,
        "\n\nevent: message_delta\n",
        r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":4}      }"#,
        "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"  }\n\n",
    );
    Bytes::from(out)
}

/// Returns a stream of Gemini's: chunks with text and the counts so far, their lines ended by CRLF, then a finish.
pub(crate) fn gemini() -> Bytes {
    let tail = |tokens: usize| {
        format!(
            "\"usageMetadata\": {{\"promptTokenCount\": 12,\"candidatesTokenCount\": {tokens},\"totalTokenCount\": {},\"promptTokensDetails\": [{{\"modality\": \"TEXT\",\"tokenCount\": 12}}],\"thoughtsTokenCount\": 38,\"serviceTier\": \"standard\"}},\"modelVersion\": \"gemini-3.5-flash\",\"responseId\": \"a4FfaoS0DsW8sOIPxon_iAc\"}}\r\n\r\n",
            tokens + 50
        )
    };
    let mut out = String::new();
    for (number, piece) in PIECES.iter().cycle().enumerate() {
        if out.len() >= SIZE {
            break;
        }
        out += &format!(
            "data: {{\"candidates\": [{{\"content\": {{\"parts\": [{{\"text\": \"{piece}\"}}],\"role\": \"model\"}},\"index\": 0}}],{}",
            tail(number)
        );
    }
    out += &format!(
        "data: {{\"candidates\": [{{\"content\": {{\"parts\": [{{\"text\": \"\"}}],\"role\": \"model\"}},\"finishReason\": \"STOP\",\"index\": 0}}],{}",
        tail(9)
    );
    Bytes::from(out)
}

/// Returns a stream of Responses: named events, one text, padded with `obfuscation`.
pub(crate) fn responses() -> Bytes {
    let head = r#""id":"resp_68c42de022c881948db7ed1cc2529f2e","object":"response","created_at":1763489571,"model":"gpt-5-mini","tools":[],"parallel_tool_calls":true"#;
    let item = r#""output_index":0,"item_id":"msg_68c42de0d3a88194b1a5e8b7f8f0a1b2""#;
    let mut out = format!(
        "event: response.created\ndata: {{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{{{head},\"status\":\"in_progress\",\"output\":[],\"usage\":null}}}}\n\n"
    );
    out += concat!(
        "event: response.output_item.added\n",
        r#"data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_68c42de0d3a88194b1a5e8b7f8f0a1b2","type":"message","status":"in_progress","content":[],"role":"assistant"}}"#,
        "\n\n",
    );
    for (number, piece) in PIECES.iter().cycle().enumerate() {
        if out.len() >= SIZE {
            break;
        }
        out += &format!(
            "event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"sequence_number\":{number},{item},\"content_index\":0,\"delta\":\"{piece}\",\"logprobs\":[],\"obfuscation\":\"k2Q9xA1f\"}}\n\n"
        );
    }
    out += &format!(
        "event: response.completed\ndata: {{\"type\":\"response.completed\",\"sequence_number\":9,\"response\":{{{head},\"status\":\"completed\",\"output\":[],\"usage\":{{\"input_tokens\":57,\"output_tokens\":14,\"total_tokens\":71}}}}}}\n\n"
    );
    Bytes::from(out)
}
