//! An outage as a picture.

use crate::{Run, Scenario};

/// Draws the runs of one scenario.
pub fn picture(scenario: &Scenario, runs: &[Run]) -> String {
    let _ = (scenario, runs);
    String::new()
}
