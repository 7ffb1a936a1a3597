#![no_main]

use outlast_wire::cohere::{CohereChat, decode_request};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    outlast_fuzz::format(&CohereChat::new(), decode_request, data);
});
