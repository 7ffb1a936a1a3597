//! The command line.

xflags::xflags! {
    /// CI chores of the outlast workspace.
    cmd xtask {
        /// Everything that must be green: format, lints, tests, docs, features, tidy, deny, e2e.
        cmd ci {
            /// Leave out the end-to-end tests, which need Python.
            optional --no-e2e
        }
        /// Format check and clippy on all targets and features, warnings denied.
        cmd lint {}
        /// Unit, integration and doc tests.
        cmd test {}
        /// API docs, warnings denied.
        cmd doc {}
        /// Licences, bans and sources of dependencies, where cargo-deny is installed.
        cmd deny {}
        /// Check each library crate with every combination of its features.
        cmd features {}
        /// Layering and the invariants of the crates.
        cmd tidy {}
        /// The real binary against the official Python SDK.
        cmd e2e {}
        /// Write the figures of `outlast replay` over all recordings into `docs/conformance.md`.
        cmd conformance {
            /// Check instead that they are the figures of today.
            optional --check
        }
        /// Run the fault matrix and write what callers saw into `docs/faults.md`.
        cmd faults {
            /// Check instead that it is what they see today.
            optional --check
        }
        /// Measure the goals on the real stack in virtual time and write them into `docs/goals.md`; it takes minutes.
        cmd goals {
            /// Measure only what takes seconds, and fail where a target is missed; nothing is written.
            optional --check
            /// How many streams are cut: 20,000 unless told.
            optional --cuts cuts: u64
        }
        /// Random outages on the real stack, each examined for what must hold in all.
        cmd swarm {
            /// How many: 1,000 unless told.
            optional --seeds seeds: u64
            /// The first seed: 0 unless told.
            optional --first first: u64
        }
        /// Check the table of models and print where its sources differ.
        cmd catalog {
            /// Print also what will be wrong soon after this day, such as 2026-11-25.
            optional --day day: String
            /// Print also where a copy of LiteLLM's price file differs.
            optional --compare file: String
        }
        /// The fuzz targets in `fuzz/`, each for some CPU time; all of them if none is named.
        cmd fuzz {
            /// The targets.
            repeated target: String
            /// CPU minutes for each target: 10 unless told.
            optional --minutes minutes: u64
        }
    }
}
