//! Which names somebody may have meant.

use outlast_types::names::distance;

/// The most names that are suggested.
const MOST: usize = 3;

/// Returns the `names` that are most like `wanted`, best first, three at most.
pub(super) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.map(|name| (distance(wanted, name), name)).collect();
    names.sort_unstable();
    names.truncate(MOST);
    names.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["batch", "default", "fast", "anthropic/claude-sonnet-4-5"];
        assert_eq!(nearest("defalt", names.into_iter())[0], "default");
        assert_eq!(
            nearest("claude-sonnet-4-5", names.into_iter())[0],
            "anthropic/claude-sonnet-4-5"
        );
        assert_eq!(nearest("x", names.into_iter()).len(), 3);
    }
}
