#![no_main]

use outlast_wire::anthropic::{AnthropicMessages, AnthropicServer};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    outlast_fuzz::protocol(&AnthropicMessages::default(), &AnthropicServer::new(), data);
});
