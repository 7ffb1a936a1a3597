//! Which names somebody may have meant.

/// The most names that are suggested.
const MOST: usize = 3;

/// The most characters of a name that are looked at.
const LONGEST: usize = 100;

/// Returns the `names` that are most like `wanted`, best first, three at most.
pub(super) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = shortened(wanted);
    let mut names: Vec<_> = names
        .map(|name| (distance(&wanted, &shortened(name)), name))
        .collect();
    names.sort_unstable();
    names.truncate(MOST);
    names.into_iter().map(|(_, name)| name).collect()
}

fn shortened(name: &str) -> Vec<char> {
    name.chars()
        .take(LONGEST)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Counts the characters that must be put in, left out or changed to make one name the other.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (1..=other.len()).collect();
    for (n, a) in one.iter().enumerate() {
        let (mut diagonal, mut left) = (n, n + 1);
        for (b, up) in other.iter().zip(&mut row) {
            let changed = diagonal + usize::from(a != b);
            diagonal = *up;
            left = changed.min(diagonal + 1).min(left + 1);
            *up = left;
        }
    }
    row.last().copied().unwrap_or(one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_the_number_of_changes() {
        let check = |one: &str, other: &str, expected| {
            assert_eq!(
                distance(&shortened(one), &shortened(other)),
                expected,
                "{one} {other}"
            );
            assert_eq!(
                distance(&shortened(other), &shortened(one)),
                expected,
                "{other} {one}"
            );
        };
        check("", "", 0);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
        check("default", "defualt", 2);
        check("GPT", "gpt", 0);
        check("größe", "grösse", 2);
    }

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
