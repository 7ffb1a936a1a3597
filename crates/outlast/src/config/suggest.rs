//! "Did you mean ...?"

use outlast_types::names::nearest;

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

#[cfg(test)]
mod tests {
    use super::*;

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
