//! The bytes of one input, and how it is cut.

use bytes::Bytes;

/// One input of a fuzzer: a few bytes that steer, then the body.
#[derive(Debug)]
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// Begins to read `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// Takes a byte; none left is zero.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// Returns what is left.
    pub fn rest(&self) -> Bytes {
        Bytes::copy_from_slice(self.0)
    }

    /// Takes a byte, and cuts what is left into pieces of lengths that follow from it.
    pub fn pieces(&mut self) -> impl Iterator<Item = Bytes> {
        let way = self.byte();
        pieces(way, self.rest())
    }
}

/// Cuts a body into pieces of lengths that follow from `way`.
pub(crate) fn pieces(way: u8, mut body: Bytes) -> impl Iterator<Item = Bytes> {
    let mut state = u32::from(way) | 1;
    std::iter::from_fn(move || {
        if body.is_empty() {
            return None;
        }
        // A step of a linear congruential generator; its high bits are good enough to cut by.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let len = 1 + (state >> 24) as usize % 64;
        Some(body.split_to(len.min(body.len())))
    })
}
