//! SHA-256 in hexadecimal, as the providers' logs write it.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Returns the hash of all `lines`, one after the other.
pub(crate) fn sha256(lines: impl IntoIterator<Item = String>) -> String {
    let mut hash = Sha256::new();
    lines.into_iter().for_each(|line| hash.update(line));
    hash.finalize()
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
