#![no_main]

use outlast_wire::responses::{OpenAiResponses, ResponsesServer};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    outlast_fuzz::protocol(&OpenAiResponses::default(), &ResponsesServer::new(), data);
});
