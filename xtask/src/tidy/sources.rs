//! What must not stand in a crate's sources.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::metadata::Package;

/// Words that must not occur in the code of a crate; comments, docs and tests may have them.
struct Ban {
    crates: &'static [&'static str],
    /// The only file, if any, that may have them.
    except: Option<&'static str>,
    words: &'static [&'static str],
    why: &'static str,
}

const VENDORS: &[&str] = &[
    "openai",
    "anthropic",
    "claude",
    "gemini",
    "deepseek",
    "holysheep",
    "azure",
    "bedrock",
];

const BANS: &[Ban] = &[
    Ban {
        crates: &["outlast-types", "outlast-tower", "outlast-monitor"],
        except: None,
        words: VENDORS,
        why: "no vendor's name: vendors are known to the codecs and accounts only",
    },
    Ban {
        crates: &["outlast-tower"],
        except: None,
        words: &["StatusCode", "HeaderMap", ".status()", "serde_json"],
        why: "a layer sees facts, no HTTP and no JSON",
    },
    Ban {
        crates: &["outlast-providers"],
        except: Some("reqwest.rs"),
        // The library's path, not that of our own module of the same name.
        words: &[" reqwest::", "(reqwest::", "<reqwest::", "&reqwest::"],
        why: "reqwest stays in one file, behind the HTTP seam",
    },
    Ban {
        crates: &["outlast-providers"],
        except: None,
        words: &["sleep(", "fn retry"],
        why: "an account sends once and does not wait: retries are layers",
    },
    Ban {
        crates: &["outlast-wire"],
        except: None,
        words: &["::now()", "TcpStream", "std::net", "std::fs"],
        why: "codecs are sans-IO and have no clock",
    },
];

/// The most lines of a source file; a longer one is two files.
const MAX_LINES: usize = 600;

/// Checks the sources of all crates.
pub(super) fn check(packages: &[Package], breaches: &mut Vec<String>) -> Result {
    for package in packages {
        let Some(root) = package.manifest_path.parent() else {
            continue;
        };
        for file in rust_files(&root.join("src"))? {
            let text = fs::read_to_string(&file)?;
            let shown = file
                .strip_prefix(root)
                .unwrap_or(&file)
                .display()
                .to_string();
            let lines = text.lines().count();
            if lines > MAX_LINES {
                breaches.push(format!(
                    "{}/{shown}: {lines} lines, more than {MAX_LINES}",
                    package.name
                ));
            }
            for ban in BANS
                .iter()
                .filter(|ban| ban.crates.contains(&package.name.as_str()))
            {
                let excepted = ban
                    .except
                    .is_some_and(|name| file.file_name().is_some_and(|file| file == name));
                if !excepted {
                    breaches.extend(
                        hits(&text, ban).map(|hit| format!("{}/{shown}:{hit}", package.name)),
                    );
                }
            }
        }
    }
    Ok(())
}

fn hits<'a>(text: &'a str, ban: &'a Ban) -> impl Iterator<Item = String> + 'a {
    code_lines(text).filter_map(|(number, line)| {
        let line = line.to_lowercase();
        let word = ban
            .words
            .iter()
            .find(|word| line.contains(&word.to_lowercase()))?;
        Some(format!("{number}: `{word}`: {}", ban.why))
    })
}

/// The lines that are code: no comments, and nothing from the tests at a file's end.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| (index + 1, line))
}

fn rust_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_tests_may_say_what_code_may_not() {
        let text = "// openai\nlet a = \"OpenAI\";\n#[cfg(test)]\nmod tests { /* openai */ }\n";
        let found: Vec<_> = hits(text, &BANS[0]).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("2: `openai`"), "{found:?}");
    }
}
