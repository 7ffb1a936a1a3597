#![no_main]

use outlast_wire::completions::{Completions, decode_request};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    outlast_fuzz::format(&Completions::new(), decode_request, data);
});
