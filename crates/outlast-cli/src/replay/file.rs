//! Reads files of recordings, line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::Exchange;
use crate::failure::Failure;

/// The most bytes of one line: a reply of 64 MiB, written as a string.
const MAX_LINE: u64 = 256 * 1024 * 1024;

/// Hands each exchange in `path` to `each`. Blank lines are none.
pub(crate) fn read(
    path: &Path,
    mut each: impl FnMut(Exchange) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let fail = |what: &dyn std::fmt::Display| Failure::new(format!("{}: {what}", path.display()));
    let file = File::open(path).map_err(|error| fail(&error))?;
    let mut lines = BufReader::new(file);
    let mut line = String::new();
    for number in 1_usize.. {
        line.clear();
        // One byte more tells a line that is too long from one that just fits.
        let len = lines
            .by_ref()
            .take(MAX_LINE + 1)
            .read_line(&mut line)
            .map_err(|error| fail(&format_args!("line {number}: {error}")))?;
        if len == 0 {
            break;
        }
        if len as u64 > MAX_LINE {
            return Err(fail(&format_args!(
                "line {number} is longer than {MAX_LINE} bytes"
            )));
        }
        if line.trim().is_empty() {
            continue;
        }
        let exchange = serde_json::from_str(&line).map_err(|error| {
            fail(&format_args!(
                "line {number} is not a recorded exchange: {error}"
            ))
        })?;
        each(exchange)?;
    }
    Ok(())
}
