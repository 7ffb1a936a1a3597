//! What is not text arrives, too.

use outlast_types::{ChatRequest, ContentPart, Media, MediaSource, Message, Mode};

use super::Subject;
use super::bench::{Bench, QUESTION};
use super::failure::{Failure, Verdict, equal};

/// A picture of one dot.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// The beginning of a document.
const PDF: &str = "JVBERi0xLjQKJSVFT0YK";

/// A picture reaches the provider byte for byte, beside its text.
pub async fn an_image_arrives(subject: &Subject) -> Verdict {
    arrives(subject, ContentPart::Image(media("image/png", PNG)), PNG).await
}

/// A document reaches the provider byte for byte, beside its text.
pub async fn a_document_arrives(subject: &Subject) -> Verdict {
    let document = ContentPart::Document(media("application/pdf", PDF));
    arrives(subject, document, PDF).await
}

fn media(media_type: &str, data: &str) -> Media {
    Media::new(MediaSource::Base64 {
        media_type: media_type.to_owned(),
        data: data.to_owned(),
    })
}

async fn arrives(subject: &Subject, part: ContentPart, data: &str) -> Verdict {
    let bench = Bench::on_sim(subject, "")?;
    let parts = vec![ContentPart::text(QUESTION), part];
    let request = ChatRequest::new()
        .with_message(Message::user(parts))
        .with_max_output_tokens(4000);
    let reply = bench.answer(Mode::Unary, request).await?;
    equal("the text", reply.text(), bench.text())?;
    let arrived = bench.arrived()?;
    let sources = arrived
        .messages
        .iter()
        .flat_map(|message| message.content.parts())
        .filter_map(|part| match part {
            ContentPart::Image(media) | ContentPart::Document(media) => Some(&media.source),
            _ => None,
        });
    let datas: Vec<_> = sources
        .filter_map(|source| match source {
            MediaSource::Base64 { data, .. } => Some(data.as_str()),
            _ => None,
        })
        .collect();
    match datas.as_slice() {
        [] => Err(Failure::new("nothing but text arrived")),
        _ => equal("what arrived", datas, vec![data]),
    }
}
