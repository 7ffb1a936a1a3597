//! How many tokens a picture is.

use serde::{Deserialize, Serialize};

/// The rule by which a model's vendor counts the tokens of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ImageRule {
    /// So many tokens a picture, and further ones for each tile of 512 pixels of the scaled picture.
    Tile {
        /// Tokens of the picture.
        base: u32,
        /// Tokens of a tile.
        tile: u32,
    },
    /// A token for each patch of 32 pixels, times a factor.
    Patch32 {
        /// The factor, in hundredths.
        percent: u32,
        /// The most patches; larger pictures are scaled down.
        cap: u32,
        /// The factor that a vendor's documents give where what is billed differs, in hundredths.
        document_percent: Option<u32>,
    },
    /// A token for each patch of 28 pixels.
    Patch28 {
        /// The longest edge in pixels; larger pictures are scaled down.
        max_edge: u32,
        /// The most tokens.
        max_tokens: u32,
    },
    /// 258 tokens for each tile of 768 pixels, or for a small picture.
    GeminiTile,
    /// By the resolution that the request asks for.
    MediaResolution,
}
