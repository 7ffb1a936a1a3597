//! Whether a reply with a status of 200 is an error all the same: by its own words, and by nothing the codecs have.

use serde_json::Value;

/// Tells whether a body is an error, or a stream with one in it.
pub(super) fn tells_error(body: &str) -> bool {
    match serde_json::from_str::<Value>(body) {
        Ok(Value::Array(items)) => items.iter().any(is_error),
        Ok(document) => is_error(&document),
        Err(_) => body
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .filter(|data| data.contains("error") || data.contains("failed"))
            .filter_map(|data| serde_json::from_str(data.trim()).ok())
            .any(|data| is_error(&data)),
    }
}

/// Tells whether a document, or the data of an event, is an error: it has one, or its type says so.
fn is_error(document: &Value) -> bool {
    let kind = document.get("type").and_then(Value::as_str);
    let has_one = document.get("error").is_some_and(|error| match error {
        Value::Object(fields) => !fields.is_empty(),
        Value::String(words) => !words.is_empty(),
        _ => false,
    });
    has_one || matches!(kind, Some("error" | "response.failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_found_in_a_document_and_in_a_stream() {
        for body in [
            r#"{"error":{"code":429,"message":"Rate limit exceeded"}}"#,
            r#"{"error":"out of memory"}"#,
            r#"[{"error":{"code":400}}]"#,
            r#"{"type":"error","message":"x"}"#,
            "data: {\"a\":1}\n\ndata: {\"error\":{\"code\":502},\"choices\":[]}\n\n",
            "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{}}\n\n",
        ] {
            assert!(tells_error(body), "{body}");
        }
    }

    #[test]
    fn an_answer_that_speaks_of_errors_is_none() {
        for body in [
            "",
            "[]",
            r#"{"id":"resp_1","error":null,"output":[]}"#,
            r#"{"choices":[{"error":{"code":1}}],"error":{}}"#,
            r#"{"content":"{\"error\":{\"code\":1}}"}"#,
            "data: {\"response\":{\"error\":null},\"delta\":\"an error\"}\n\ndata: [DONE]\n\n",
        ] {
            assert!(!tells_error(body), "{body}");
        }
    }
}
