//! "Did you mean ...?"

/// Returns the name that `wrong` was probably meant to be: one that differs in at most a third of its letters.
pub(super) fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (wrong.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Writes the second half of a message about an unknown name: the nearest one, or all there are.
pub(super) fn hint<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(name) = nearest(wrong, names.clone()) {
        return format!("did you mean `{name}`?");
    }
    let all: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match all.as_slice() {
        [] => "there is none".to_owned(),
        [only] => format!("there is only {only}"),
        _ => format!("there are {}", all.join(", ")),
    }
}

/// Counts the letters that must be added, dropped, changed or swapped with their neighbour to turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![usize::MAX / 2; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let swap = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&last, j) + usize::from(x != y);
            let swapped = if swap {
                at(&before, j - 1) + 1
            } else {
                changed
            };
            let shifted = at(&last, j + 1).min(at(&row, j)) + 1;
            row.push(changed.min(swapped).min(shifted));
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let fields = ["kind", "base_url", "api_key"];
        let check = |wrong, expect| assert_eq!(nearest(wrong, fields), expect, "{wrong}");
        check("base_ulr", Some("base_url"));
        check("baseurl", Some("base_url"));
        check("apikey", Some("api_key"));
        check("knid", Some("kind"));
        check("timeout", None);
        check("", None);
    }

    #[test]
    fn without_a_near_name_all_are_listed() {
        assert_eq!(hint("x", []), "there is none");
        assert_eq!(hint("xyz", ["default"]), "there is only `default`");
        assert_eq!(
            hint("xyz", ["default", "batch"]),
            "there are `default`, `batch`"
        );
    }
}
