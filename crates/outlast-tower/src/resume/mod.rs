//! Continues a text stream that broke after its beginning had reached the caller.

mod layer;
mod service;

pub use self::layer::{ResumeLayer, ResumeMode};
pub use self::service::ResumeService;
