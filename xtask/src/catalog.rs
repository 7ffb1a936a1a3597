//! The table of models: whether it is sound, and what its reviewers should look at.

use xshell::{Shell, cmd};

use crate::{Result, flags};

/// Runs the tests of the table, then prints where its sources differ, for a day what will be wrong soon, and where a copy of
/// LiteLLM's file differs. Nothing is taken over: prices are changed by hand.
pub(crate) fn run(shell: &Shell, flags: &flags::Catalog) -> Result {
    cmd!(shell, "cargo test --quiet -p outlast-catalog --test data").run()?;
    let day = &flags.day;
    cmd!(
        shell,
        "cargo run --quiet -p outlast-catalog --example review -- {day...}"
    )
    .run()?;
    if let Some(file) = &flags.compare {
        cmd!(
            shell,
            "cargo run --quiet -p outlast-catalog --example compare -- {file}"
        )
        .run()?;
    }
    Ok(())
}
