//! Which files the paths on the command line stand for.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// What a file of recordings is named in a folder.
const ENDING: &str = "jsonl";

/// Returns the files that `paths` stand for, in order: of a folder its `.jsonl` files by name, all else as it is.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(files_in(path)?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let fail = |error| Failure::new(format!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_file() && path.extension().is_some_and(|ending| ending == ENDING) {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Failure::new(format!(
            "{}: no `.{ENDING}` file in it; name the files of recordings, or a folder that has some",
            folder.display()
        )));
    }
    files.sort();
    Ok(files)
}
