//! Vectors for texts: made of the text alone, so that the same text has the same vector everywhere.

mod gemini;
mod openai;

use outlast_types::{Error, ErrorKind};
use sha2::{Digest, Sha256};

use crate::text::tokens;

pub(crate) use self::gemini::answer as gemini;
pub(crate) use self::openai::answer as openai;

/// How many numbers a vector has where the request does not say.
const USUAL_DIMENSIONS: usize = 8;

/// The most numbers of a vector, and the most texts of a request.
const MOST: usize = 4096;

/// Makes the vector of a text, of length 1.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let numbers: Vec<f32> = (0..dimensions)
        .map(|number| {
            let digest = Sha256::new()
                .chain_update(text.as_bytes())
                .chain_update(number.to_le_bytes())
                .finalize();
            let [low, high, ..] = digest.as_slice() else {
                return 0.0;
            };
            f32::from(i16::from_le_bytes([*low, *high]))
        })
        .collect();
    let length = numbers.iter().map(|number| number * number).sum::<f32>();
    let length = length.sqrt().max(1.0);
    numbers.into_iter().map(|number| number / length).collect()
}

/// Makes the vectors of the texts of one request.
fn vectors(texts: &[String], dimensions: Option<usize>) -> Result<Vec<Vec<f32>>, Error> {
    let dimensions = dimensions.unwrap_or(USUAL_DIMENSIONS);
    if texts.is_empty() || texts.len() > MOST || dimensions == 0 || dimensions > MOST {
        return Err(not_valid());
    }
    Ok(texts.iter().map(|text| vector(text, dimensions)).collect())
}

/// Counts the tokens of a text.
fn count(text: &str) -> usize {
    tokens(text).len()
}

fn not_valid() -> Error {
    Error::new(ErrorKind::InvalidRequest).with_message("The input is not valid.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_same_vector_always_and_another_text_another() {
        assert_eq!(vector("a", 8), vector("a", 8));
        assert_ne!(vector("a", 8), vector("b", 8));
        let length: f32 = vector("a", 300).iter().map(|number| number * number).sum();
        assert!((length - 1.0).abs() < 1e-3);
    }
}
