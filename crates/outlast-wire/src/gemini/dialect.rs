//! What a model takes.

/// What sets one model's requests apart from another's.
///
/// The name of a model tells it ([`Dialect::of_model`]); an account whose models have names of their own says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// How it is told how much to think.
    pub thinking: Thinking,
    /// Whether it takes instructions above the conversation; else they open the first turn of the user.
    pub instructions: bool,
    /// Whether it answers in JSON although tools are offered; else the form of the answer is put into words.
    pub json_beside_tools: bool,
    /// Whether the answer of a tool may have pictures and documents in it; else they stand beside it.
    pub media_in_results: bool,
    /// Whether it refuses its own calls of tools without a signature.
    pub signed_calls: bool,
}

/// How a model is told how much to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Thinking {
    /// It does not think.
    None,
    /// In tokens (`thinkingBudget`), from `least` to `most`.
    Budget {
        /// The least it takes.
        least: u64,
        /// The most it takes.
        most: u64,
        /// Whether it can do without.
        can_be_off: bool,
    },
    /// In words (`thinkingLevel`): `low`, `high`, and these.
    Level {
        /// Whether it knows `minimal`.
        minimal: bool,
        /// Whether it knows `medium`.
        medium: bool,
    },
}

impl Thinking {
    /// The budget that any model takes, for a model whose name tells nothing.
    const ANY: Self = Self::Budget {
        least: 1,
        most: 24_576,
        can_be_off: true,
    };
}

impl Dialect {
    /// Returns what the model of this name takes.
    ///
    /// The ranges are those of Google's page on [thinking](https://ai.google.dev/gemini-api/docs/thinking). A name
    /// without a version, such as `gemini-flash-latest` or that of an endpoint, is given a budget, which newer models
    /// take too.
    ///
    /// ```
    /// use outlast_wire::gemini::{Dialect, Thinking};
    ///
    /// let thinking = |model| Dialect::of_model(model).thinking;
    /// assert_eq!(
    ///     thinking("models/gemini-2.5-pro"),
    ///     Thinking::Budget { least: 128, most: 32_768, can_be_off: false },
    /// );
    /// assert_eq!(thinking("gemini-3-pro-preview"), Thinking::Level { minimal: false, medium: false });
    /// assert_eq!(thinking("gemini-2.0-flash"), Thinking::None);
    /// ```
    pub fn of_model(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model);
        if name.starts_with("gemma") {
            return Self::of_version((1, 0), name);
        }
        match version(name) {
            Some(version) => Self::of_version(version, name),
            None => Self {
                thinking: Thinking::ANY,
                ..Self::of_version((2, 5), name)
            },
        }
    }

    fn of_version(version: (u32, u32), name: &str) -> Self {
        let is_third = version >= (3, 0);
        Self {
            thinking: thinking(version, name),
            instructions: !name.starts_with("gemma"),
            json_beside_tools: is_third,
            media_in_results: is_third,
            signed_calls: is_third,
        }
    }
}

fn thinking(version: (u32, u32), name: &str) -> Thinking {
    let is_flash = name.contains("flash");
    if version >= (3, 0) {
        return Thinking::Level {
            minimal: is_flash && version < (3, 6),
            medium: is_flash || version >= (3, 1),
        };
    }
    if version < (2, 5) {
        return Thinking::None;
    }
    let (least, most) = match (name.contains("flash-lite"), is_flash) {
        (true, _) => (512, 24_576),
        (false, true) => (1, 24_576),
        (false, false) => (128, 32_768),
    };
    Thinking::Budget {
        least,
        most,
        can_be_off: is_flash,
    }
}

/// Reads the version in a name such as `gemini-2.5-flash`.
fn version(name: &str) -> Option<(u32, u32)> {
    let (_, rest) = name.split_once("gemini-")?;
    let number = rest.split('-').next()?;
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_version() {
        assert_eq!(
            version("gemini-2.5-flash-lite-preview-09-2025"),
            Some((2, 5))
        );
        assert_eq!(version("gemini-3-pro-preview"), Some((3, 0)));
        assert_eq!(version("gemini-flash-latest"), None);
        assert_eq!(version("text-embedding-004"), None);
    }

    #[test]
    fn each_generation_is_told_in_its_own_way_how_much_to_think() {
        let check = |model, expected| assert_eq!(Dialect::of_model(model).thinking, expected);
        check(
            "gemini-3-flash-preview",
            Thinking::Level {
                minimal: true,
                medium: true,
            },
        );
        check(
            "gemini-3.1-pro-preview",
            Thinking::Level {
                minimal: false,
                medium: true,
            },
        );
        check(
            "gemini-3.8-flash",
            Thinking::Level {
                minimal: false,
                medium: true,
            },
        );
        check("gemini-flash-latest", Thinking::ANY);
        check("endpoints/1234", Thinking::ANY);
        check("gemma-3-27b-it", Thinking::None);
        check(
            "publishers/google/models/gemini-2.5-flash-lite",
            Thinking::Budget {
                least: 512,
                most: 24_576,
                can_be_off: true,
            },
        );
    }
}
