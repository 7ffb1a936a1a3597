//! How much CPU time our children have used.

use crate::Result;

/// Ticks of `/proc` in a second: fixed at 100 for programs, whatever the kernel's own clock.
const TICKS: u64 = 100;

/// Returns the CPU seconds of all children that have ended so far (Linux only).
pub(crate) fn seconds_of_children() -> Result<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat")
        .map_err(|error| format!("fuzzing counts CPU time from /proc: {error}"))?;
    Ok(ticks(&stat).ok_or("/proc/self/stat has an unknown form")? / TICKS)
}

/// Adds up `cutime` and `cstime`, the 16th and 17th field of proc(5); the second field may hold spaces, in parentheses.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(13);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_children_stands_after_the_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 900 0 0 3 4 250 50 20 0 1 0 99";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("7 (a) S 1"), None);
    }
}
