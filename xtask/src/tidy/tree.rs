//! What the repository as a whole must look like.

use std::fs;

use xshell::{Shell, cmd};

use crate::metadata::Package;
use crate::{Result, workspace_root};

/// The largest file that belongs in git, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Texts that would tie the project to one machine or leave work unsaid. Split so that this file does not match.
const NOWHERE: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("tod", "o!("), "unfinished code"),
    (concat!("unimpl", "emented!("), "unfinished code"),
    (
        concat!("#[ign", "ore]"),
        "a test that is ignored without a reason",
    ),
];

/// Checks the manifests and the files that git tracks.
pub(super) fn check(shell: &Shell, packages: &[Package], breaches: &mut Vec<String>) -> Result {
    for package in packages {
        manifest(package, breaches)?;
    }
    for file in cmd!(shell, "git ls-files").quiet().read()?.lines() {
        let path = workspace_root().join(file);
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        if metadata.len() > MAX_FILE {
            breaches.push(format!(
                "{file}: {} bytes, more than {MAX_FILE}",
                metadata.len()
            ));
        }
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let found = NOWHERE.iter().filter(|(word, _)| text.contains(word));
        breaches.extend(found.map(|(word, why)| format!("{file}: `{word}`: {why}")));
    }
    Ok(())
}

fn manifest(package: &Package, breaches: &mut Vec<String>) -> Result {
    let mut complain = |what: &str| breaches.push(format!("{}: {what}", package.name));
    let text = fs::read_to_string(&package.manifest_path)?;
    if !text.contains("[lints]\nworkspace = true") {
        complain("does not take the workspace's lints");
    }
    if package.license.is_none() || package.rust_version.is_none() {
        complain("names no licence or no rust-version");
    }
    if package.is_library() && package.description.is_none() {
        complain("has no description");
    }
    Ok(())
}
