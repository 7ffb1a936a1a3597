//! The keys callers may use, compared in constant time.

use std::sync::Arc;

use outlast::config::GatewayKey;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

/// Holds the digests of all keys and never the keys themselves.
///
/// What a caller presents is hashed and compared with every digest, the same way whether one fits or not: the time it
/// takes tells nothing about a key, nor which of them fits.
#[derive(Debug, Default)]
pub(crate) struct Keyring(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    name: Arc<str>,
    digest: [u8; 32],
}

impl Keyring {
    /// Makes a ring of `keys`.
    pub(crate) fn new(keys: &[GatewayKey]) -> Self {
        Self(keys.iter().map(Entry::new).collect())
    }

    /// Tells whether there is no key at all, so that everybody may call.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the name of the key that `presented` is; `None` if it is none of them.
    pub(crate) fn find(&self, presented: &[u8]) -> Option<&Arc<str>> {
        let digest = digest(presented);
        // 0 is "none"; every entry is compared, and the number is taken without a branch.
        let mut found = 0_u32;
        for (number, entry) in (1..).zip(&self.0) {
            found.conditional_assign(&number, entry.digest.ct_eq(&digest));
        }
        let place = usize::try_from(found.checked_sub(1)?).ok()?;
        self.0.get(place).map(|entry| &entry.name)
    }
}

impl Entry {
    fn new(key: &GatewayKey) -> Self {
        Self {
            name: key.name.as_str().into(),
            digest: digest(key.key.expose_secret().as_bytes()),
        }
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, key: &str) -> GatewayKey {
        GatewayKey::new(name, key.to_owned())
    }

    #[test]
    fn every_key_is_found_under_its_own_name_and_nothing_else_is() {
        let ring = Keyring::new(&[key("app", "one"), key("batch", "two"), key("twin", "two")]);
        let check = |presented: &str, name: Option<&str>| {
            assert_eq!(
                ring.find(presented.as_bytes()).map(|name| &**name),
                name,
                "{presented}"
            );
        };
        check("one", Some("app"));
        // Of two names with one key the later wins: the comparison does not stop at the first.
        check("two", Some("twin"));
        for wrong in ["", "o", "one ", "ONE", "onetwo", "three"] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_ring_without_keys_finds_none() {
        assert!(Keyring::new(&[]).is_empty());
        assert_eq!(Keyring::new(&[]).find(b""), None);
    }

    #[test]
    fn the_keys_themselves_are_not_kept() {
        let ring = Keyring::new(&[key("app", "very-secret")]);
        assert!(!format!("{ring:?}").contains("very-secret"));
    }
}
