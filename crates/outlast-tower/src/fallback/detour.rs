//! Lists of candidates that are asked after failures of one kind.

use std::sync::Arc;

use outlast_types::ErrorKind;

/// The lists by kind: numbers of candidates.
#[derive(Clone, Debug, Default)]
pub(super) struct Detours(Vec<(ErrorKind, Arc<[usize]>)>);

impl Detours {
    /// Adds a list; it takes the place of an earlier one for the same kind.
    pub(super) fn add(&mut self, kind: ErrorKind, list: Vec<usize>) {
        self.0.retain(|(other, _)| *other != kind);
        self.0.push((kind, list.into()));
    }

    /// Returns the list for failures of this kind.
    pub(super) fn after(&self, kind: ErrorKind) -> Option<&[usize]> {
        let (_, list) = self.0.iter().find(|(other, _)| *other == kind)?;
        Some(list)
    }
}

/// The detours of one walk.
#[derive(Debug, Default)]
pub(super) struct Detour {
    /// Who is left to be asked, the next one last.
    left: Vec<usize>,
    had: Vec<usize>,
    /// Whether the walk ends with the detour.
    is_last: bool,
}

impl Detour {
    /// Asks those in `list` next, before what is left of an earlier one.
    pub(super) fn begin(&mut self, list: &[usize]) {
        self.left.retain(|index| !list.contains(index));
        let fresh = list.iter().rev().filter(|index| !self.had.contains(index));
        self.left.extend(fresh);
    }

    /// Notes that a candidate has its turn now.
    pub(super) fn take(&mut self, index: usize) {
        self.left.retain(|other| *other != index);
        self.had.push(index);
    }

    /// Asks nobody after it.
    pub(super) fn end_here(&mut self) {
        self.is_last = true;
    }

    /// Returns who is next.
    pub(super) fn next(&mut self) -> Option<usize> {
        let index = self.left.pop()?;
        self.had.push(index);
        Some(index)
    }

    /// Tells whether a candidate has had its turn.
    pub(super) fn has_had(&self, index: usize) -> bool {
        self.had.contains(&index)
    }

    /// Tells whether the walk is over, now that nobody is left.
    pub(super) fn is_last(&self) -> bool {
        self.is_last
    }
}
