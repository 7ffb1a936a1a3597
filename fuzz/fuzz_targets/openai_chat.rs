#![no_main]

use outlast_wire::openai::{OpenAiChat, OpenAiServer};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    outlast_fuzz::protocol(&OpenAiChat::default(), &OpenAiServer::new(), data);
});
