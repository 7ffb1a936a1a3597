//! Forms in which pictures, documents and sound stand in JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outlast_types::MediaSource;

/// Writes bytes as an address: `data:image/png;base64,...`.
pub(crate) fn data_url(media_type: &str, data: &str) -> String {
    format!("data:{media_type};base64,{data}")
}

/// Takes the bytes out of `data:image/png;base64,...`; any other address stays one.
pub(crate) fn source_of_url(url: String) -> MediaSource {
    let parts = url
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"))
        .filter(|(media_type, _)| !media_type.is_empty() && !media_type.contains([';', ',']));
    match parts {
        Some((media_type, data)) => MediaSource::Base64 {
            media_type: media_type.to_owned(),
            data: data.to_owned(),
        },
        None => MediaSource::Url(url),
    }
}

/// Returns the text of a document that is nothing but text: as a file only PDF is taken everywhere.
pub(crate) fn plain_text(media_type: &str, data: &str) -> Option<String> {
    if !media_type.starts_with("text/") {
        return None;
    }
    String::from_utf8(STANDARD.decode(data).ok()?).ok()
}

/// Returns the name by which OpenAI knows a media type of sound: `audio/wav` is `wav`.
pub(crate) fn audio_format(media_type: &str) -> &str {
    match media_type {
        "audio/mpeg" => "mp3",
        "audio/wave" | "audio/x-wav" | "audio/vnd.wave" => "wav",
        _ => media_type.strip_prefix("audio/").unwrap_or(media_type),
    }
}

/// Joins bytes that came in pieces, each in base64. Pieces that are none are joined as the texts they are.
pub(crate) fn joined_base64(pieces: &[String]) -> String {
    let bytes: Result<Vec<Vec<u8>>, _> =
        pieces.iter().map(|piece| STANDARD.decode(piece)).collect();
    match (pieces, bytes) {
        ([only], _) => only.clone(),
        (_, Ok(bytes)) => STANDARD.encode(bytes.concat()),
        (_, Err(_)) => pieces.concat(),
    }
}
