/// Whether a second target is asked beside one that is slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hedging {
    /// It is not.
    #[default]
    Off,
    /// It is, once the first takes longer than 95 of 100 calls of the kind do, for one call in twenty at most; see
    /// [`Hedge`](outlast_tower::Hedge).
    Auto,
}
