//! The one direction of dependency, and the libraries a crate must do without.

use crate::metadata::Package;

/// What a crate may depend on among ours, and what it must not depend on among others.
struct Layer {
    name: &'static str,
    /// The only crates of ours it may use. Test-only uses are free, except that nothing may form a cycle.
    ours: &'static [&'static str],
    /// Libraries that would break its invariant.
    without: &'static [&'static str],
}

const RUNTIMES: &[&str] = &[
    "tokio",
    "hyper",
    "hyper-util",
    "reqwest",
    "axum",
    "tower",
    "tower-service",
];
const HTTP_CLIENTS: &[&str] = &["hyper", "hyper-util", "reqwest", "axum"];

/// The map of DESIGN: lowest first.
const LAYERS: &[Layer] = &[
    Layer {
        name: "outlast-types",
        ours: &[],
        without: RUNTIMES,
    },
    Layer {
        name: "outlast-catalog",
        ours: &["outlast-types"],
        without: RUNTIMES,
    },
    Layer {
        name: "outlast-wire",
        ours: &["outlast-types"],
        without: RUNTIMES,
    },
    Layer {
        name: "outlast-tower",
        ours: &["outlast-types"],
        without: &[
            "http",
            "hyper",
            "hyper-util",
            "reqwest",
            "axum",
            "serde_json",
            "async-trait",
        ],
    },
    Layer {
        name: "outlast-monitor",
        ours: &["outlast-types", "outlast-tower"],
        without: HTTP_CLIENTS,
    },
    Layer {
        name: "outlast-providers",
        ours: &["outlast-types", "outlast-wire"],
        without: &["hyper", "hyper-util", "axum", "tokio"],
    },
    Layer {
        name: "outlast-sim",
        ours: &["outlast-types", "outlast-wire"],
        without: &["reqwest", "axum"],
    },
    Layer {
        name: "outlast",
        ours: &[
            "outlast-types",
            "outlast-monitor",
            "outlast-providers",
            "outlast-tower",
        ],
        without: HTTP_CLIENTS,
    },
    Layer {
        name: "outlast-drill",
        ours: &["outlast", "outlast-sim"],
        without: HTTP_CLIENTS,
    },
    Layer {
        name: "outlast-gateway",
        ours: &["outlast", "outlast-types", "outlast-wire"],
        without: &["reqwest"],
    },
    Layer {
        name: "outlast-cli",
        ours: &[
            "outlast",
            "outlast-drill",
            "outlast-gateway",
            "outlast-sim",
            "outlast-types",
            "outlast-wire",
        ],
        without: &["reqwest"],
    },
    Layer {
        name: "xtask",
        ours: &[],
        without: &["tokio"],
    },
];

/// Checks the normal dependencies of each crate against its layer.
pub(super) fn check(packages: &[Package], breaches: &mut Vec<String>) {
    let ours = |name: &str| LAYERS.iter().any(|layer| layer.name == name);
    for package in packages {
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == package.name) else {
            breaches.push(format!(
                "{}: not in the map of layers (xtask/src/tidy/layers.rs)",
                package.name
            ));
            continue;
        };
        for dependency in package.normal_dependencies() {
            if ours(dependency) && !layer.ours.contains(&dependency) {
                breaches.push(format!("{}: may not depend on {dependency}", package.name));
            }
            if layer.without.contains(&dependency) {
                breaches.push(format!("{}: must do without {dependency}", package.name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_has_no_arrow_upwards() {
        for (at, layer) in LAYERS.iter().enumerate() {
            for lower in layer.ours {
                let position = LAYERS.iter().position(|other| other.name == *lower);
                assert!(
                    position.is_some_and(|position| position < at),
                    "{} -> {lower}",
                    layer.name
                );
            }
        }
    }
}
