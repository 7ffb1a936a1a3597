//! The table that is compiled in.

use std::sync::LazyLock;

use crate::{Catalog, CatalogError};

/// The files, by vendor. The order does not matter: no two rows have a name in common.
const FILES: [&str; 14] = [
    include_str!("../data/alibaba.toml"),
    include_str!("../data/amazon.toml"),
    include_str!("../data/anthropic.toml"),
    include_str!("../data/cohere.toml"),
    include_str!("../data/deepseek.toml"),
    include_str!("../data/google.toml"),
    include_str!("../data/groq.toml"),
    include_str!("../data/minimax.toml"),
    include_str!("../data/mistral.toml"),
    include_str!("../data/moonshotai.toml"),
    include_str!("../data/openai.toml"),
    include_str!("../data/perplexity.toml"),
    include_str!("../data/xai.toml"),
    include_str!("../data/zai.toml"),
];

impl Catalog {
    /// Returns the catalogue that is compiled in; it is read once, when it is first asked for.
    pub fn builtin() -> &'static Self {
        // The files cannot fail to be read: `the_files_can_be_read` is run on each change of them.
        static BUILTIN: LazyLock<Catalog> = LazyLock::new(|| read().unwrap_or_default());
        &BUILTIN
    }
}

fn read() -> Result<Catalog, CatalogError> {
    FILES
        .into_iter()
        .try_fold(Catalog::default(), |catalog, file| {
            catalog.with_overrides(file)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_can_be_read() {
        let models = read().unwrap().models().count();
        let rows: usize = FILES
            .iter()
            .map(|file| file.matches("[[model]]").count())
            .sum();
        assert_eq!(models, rows);
    }
}
