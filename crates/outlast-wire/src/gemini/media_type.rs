//! Media types, and what kind of part they make.

/// What kind of part a media type makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaKind {
    Image,
    Audio,
    Document,
}

/// The media types of the endings of addresses.
const ENDINGS: [(&str, &str); 24] = [
    ("aac", "audio/aac"),
    ("aiff", "audio/aiff"),
    ("avif", "image/avif"),
    ("csv", "text/csv"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("mov", "video/mov"),
    ("mp3", "audio/mp3"),
    ("mp4", "video/mp4"),
    ("mpeg", "video/mpeg"),
    ("ogg", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
];

/// Returns the kind for a media type; `None` for video, which the vocabulary has no part for.
pub(super) fn kind(media_type: &str) -> Option<MediaKind> {
    let kind = media_type.split('/').next().unwrap_or_default();
    match kind.to_ascii_lowercase().as_str() {
        "image" => Some(MediaKind::Image),
        "audio" => Some(MediaKind::Audio),
        "video" => None,
        _ => Some(MediaKind::Document),
    }
}

/// Returns the kind for what lies at an address whose media type is not said.
pub(super) fn kind_of_address(uri: &str) -> Option<MediaKind> {
    if uri.contains("youtube.com/") || uri.contains("youtu.be/") {
        return None;
    }
    of_address(uri).map_or(Some(MediaKind::Document), kind)
}

/// Returns the media type that the ending of an address tells.
pub(super) fn of_address(uri: &str) -> Option<&'static str> {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let (_, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    ENDINGS
        .iter()
        .find(|(known, _)| *known == ending)
        .map(|(_, media_type)| *media_type)
}

/// Tells whether an address names a file that was uploaded before: nobody else can read it.
pub(super) fn is_upload(uri: &str) -> bool {
    uri.starts_with("gs://")
        || uri.starts_with("files/")
        || uri.contains("generativelanguage.googleapis.com/") && uri.contains("/files/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_its_media_type_by_its_ending() {
        assert_eq!(
            of_address("https://a.b/c.d/cat.PNG?x=1.pdf"),
            Some("image/png")
        );
        assert_eq!(of_address("https://a.b/cat"), None);
        assert_eq!(of_address("https://a.b"), None);
        assert_eq!(
            kind_of_address("https://a.b/x.pdf"),
            Some(MediaKind::Document)
        );
        assert_eq!(kind_of_address("https://www.youtube.com/watch?v=1"), None);
    }

    #[test]
    fn an_upload_is_told_from_an_address_on_the_web() {
        assert!(is_upload(
            "https://generativelanguage.googleapis.com/v1beta/files/x"
        ));
        assert!(is_upload("gs://bucket/x.pdf"));
        assert!(!is_upload("https://example.com/files/x.pdf"));
    }
}
