//! What a model has beyond what a request can need.

use serde::{Deserialize, Serialize};

/// Something that is true of a model, and that no [`Need`](outlast_types::Need) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Feature {
    /// It calls several tools in one turn.
    ParallelTools,
    /// Its provider keeps prompts it has read.
    PromptCache,
    /// Its weights are published.
    OpenWeights,
    /// Its temperature cannot be set.
    FixedTemperature,
    /// It watches videos.
    Video,
}
