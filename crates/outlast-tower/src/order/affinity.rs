//! Which target a call sticks to, so that it meets the prompt cache of the calls before it.

use std::sync::Arc;

use outlast_types::{ChatBody, ChatRequest, Role, TargetId};

/// What the calls that share a target have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sticky {
    /// Nothing: each call is for itself. The default.
    #[default]
    Off,
    /// Their [`StickTo`] key. A call without one is for itself.
    Key,
    /// Their [`StickTo`] key, or else how their prompts begin: the turns up to the user's first, of each 1,024 bytes.
    Prompt,
}

impl Sticky {
    /// All of them, in the order of their docs.
    pub const ALL: [Self; 3] = [Self::Off, Self::Key, Self::Prompt];

    /// Returns the name that configuration uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Key => "key",
            Self::Prompt => "prompt",
        }
    }
}

/// The session or user whose calls are to meet the same prompt cache, as a value in `context.extensions`.
///
/// It goes no further than this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StickTo(pub Arc<str>);

impl StickTo {
    /// Names a session or user.
    pub fn new(key: impl Into<Arc<str>>) -> Self {
        Self(key.into())
    }
}

/// How much of a turn tells it from others, in bytes. The least that providers cache are 1,024 tokens, but two prompts
/// differ sooner.
const PREFIX: usize = 1024;

/// Returns the hash of what a call sticks to, if it is to stick to anything.
pub(crate) fn key_of(sticky: Sticky, request: &ChatRequest) -> Option<u64> {
    let key = || request.context.extensions.get::<StickTo>();
    match sticky {
        Sticky::Off => None,
        Sticky::Key => key().map(|key| hash([key.0.as_bytes()])),
        Sticky::Prompt => Some(match key() {
            Some(key) => hash([key.0.as_bytes()]),
            None => hash_of_prompt(request.body()),
        }),
    }
}

/// Hashes how a prompt begins. It goes on to the first turn of the user, so that a conversation keeps its hash as it
/// grows, and conversations under the same instructions are spread all the same.
fn hash_of_prompt(body: &ChatBody) -> u64 {
    let asked = body
        .messages
        .iter()
        .position(|message| message.role == Role::User);
    let turns = body
        .messages
        .iter()
        .take(asked.map_or(1, |place| place + 1));
    let texts = turns.flat_map(|message| message.content.texts().next());
    hash(texts.map(|text| text.as_bytes().get(..PREFIX).unwrap_or(text.as_bytes())))
}

/// Tells how near `target` is to what `key` is the hash of, 0 up to but not including 1: rendezvous hashing. It is the
/// same in every process, so that two gateways send a session to the same target; and a target that is added or removed
/// moves no call but its own.
pub(crate) fn affinity(key: u64, target: &TargetId) -> f64 {
    let bytes = [target.account().as_bytes(), b"/", target.model().as_bytes()];
    let mixed = mix(key ^ hash(bytes));
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are what a float of this size holds"
    )]
    let fraction = (mixed >> 11) as f64;
    fraction / (1_u64 << 53) as f64
}

/// FNV-1a of 64 bits; it takes the pieces as one text.
fn hash<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in pieces.into_iter().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    mix(hash)
}

/// Spreads every bit over all others (the finalizer of `splitmix64`).
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use outlast_types::Message;

    fn targets(count: usize) -> Vec<TargetId> {
        let target = |number| TargetId::new(format!("a{number}"), "m");
        (0..count).map(target).collect()
    }

    fn nearest(key: u64, targets: &[TargetId]) -> &TargetId {
        let near = |target: &&TargetId| affinity(key, target);
        targets
            .iter()
            .max_by(|a, b| near(a).total_cmp(&near(b)))
            .unwrap()
    }

    fn keys() -> impl Iterator<Item = u64> {
        (0..10_000).map(|number: u32| hash([number.to_string().as_bytes()]))
    }

    #[test]
    fn keys_are_spread_evenly() {
        let targets = targets(4);
        for target in &targets {
            let count = keys()
                .filter(|key| nearest(*key, &targets) == target)
                .count();
            assert!((2_350..2_650).contains(&count), "{target}: {count}");
        }
    }

    #[test]
    fn a_target_that_is_removed_moves_no_keys_but_its_own() {
        let (all, most) = (targets(4), targets(3));
        for key in keys() {
            let before = nearest(key, &all);
            if before != &all[3] {
                assert_eq!(nearest(key, &most), before);
            }
        }
    }

    #[test]
    fn a_conversation_that_grows_keeps_its_key() {
        let begun = ChatRequest::user("What is a breaker?").with_system("Be brief.");
        let grown = begun
            .clone()
            .with_message(Message::assistant("A switch."))
            .with_message(Message::user("Of what?"));
        let other = ChatRequest::user("What is a breaker?").with_system("Be thorough.");
        let key = |request| key_of(Sticky::Prompt, request);
        assert_eq!(key(&begun), key(&grown));
        assert_ne!(key(&begun), key(&other));
    }

    #[test]
    fn a_named_session_goes_before_the_prompt() {
        let mut one = ChatRequest::user("one");
        let mut two = ChatRequest::user("two");
        assert_eq!(key_of(Sticky::Key, &one), None);
        for request in [&mut one, &mut two] {
            request.context.extensions.insert(StickTo::new("s-1"));
        }
        assert_eq!(key_of(Sticky::Prompt, &one), key_of(Sticky::Key, &two));
        assert_eq!(key_of(Sticky::Off, &one), None);
    }
}
