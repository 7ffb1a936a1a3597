#![no_main]

use outlast_wire::ollama::{OllamaChat, decode_request};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    outlast_fuzz::format(&OllamaChat::new(), decode_request, data);
});
