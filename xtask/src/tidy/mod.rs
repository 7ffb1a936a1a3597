//! Rules that no compiler checks: who may depend on whom, and what a crate must never contain.
//!
//! `docs/architecture.md` says why each rule is there.

mod layers;
mod sources;
mod tree;

use xshell::Shell;

use crate::Result;
use crate::metadata::Package;

/// Checks all rules and fails with a list of what breaks them.
pub(crate) fn check(shell: &Shell) -> Result {
    let packages = Package::workspace(shell)?;
    let mut breaches = Vec::new();
    layers::check(&packages, &mut breaches);
    sources::check(&packages, &mut breaches)?;
    tree::check(shell, &packages, &mut breaches)?;
    if breaches.is_empty() {
        println!("tidy: {} crates, nothing to complain about", packages.len());
        return Ok(());
    }
    Err(format!(
        "{} rules are broken:\n  {}",
        breaches.len(),
        breaches.join("\n  ")
    )
    .into())
}
