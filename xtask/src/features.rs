//! Every combination of features must compile: features are additive, and none may need another by accident.

use xshell::{Shell, cmd};

use crate::Result;
use crate::metadata::Package;

/// Checks each library crate with each subset of its features.
pub(crate) fn check(shell: &Shell) -> Result {
    for package in Package::workspace(shell)?
        .iter()
        .filter(|package| package.is_library())
    {
        let name = &package.name;
        for features in subsets(&own_features(package)) {
            let features = features.join(",");
            cmd!(shell, "cargo check --quiet --locked --package {name} --no-default-features --features {features}")
                .run()?;
        }
    }
    Ok(())
}

/// The features a user may pick one by one: not `default`, which only names others.
fn own_features(package: &Package) -> Vec<&str> {
    package
        .features
        .keys()
        .map(String::as_str)
        .filter(|feature| *feature != "default")
        .collect()
}

fn subsets<'a>(features: &[&'a str]) -> Vec<Vec<&'a str>> {
    features
        .iter()
        .fold(vec![Vec::new()], |mut subsets, feature| {
            let with_it: Vec<_> = subsets
                .iter()
                .map(|subset| {
                    let mut subset: Vec<&'a str> = subset.clone();
                    subset.push(feature);
                    subset
                })
                .collect();
            subsets.extend(with_it);
            subsets
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_subsets_are_named_once() {
        let subsets = subsets(&["a", "b"]);
        assert_eq!(subsets, [vec![], vec!["a"], vec!["b"], vec!["a", "b"]]);
    }
}
