use std::fmt;
use std::sync::Arc;

use tower_layer::Layer;

use super::ResumeService;
use super::service::Settings;
use crate::Observers;
use crate::classify::{Classify, StandardTable};

/// Continues broken text streams; see [the module](super).
#[derive(Clone)]
pub struct ResumeLayer {
    settings: Settings,
}

/// What becomes of a stream that breaks after its beginning has reached the caller.
///
/// As a value in `context.extensions` it decides for one request, whatever the layer was set to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResumeMode {
    /// A text answer is continued by the next target; everything else ends in an error.
    #[default]
    Text,
    /// It ends in an error.
    Off,
}

impl ResumeLayer {
    /// Makes a layer that continues text answers, twice at most.
    pub fn new() -> Self {
        Self {
            settings: Settings {
                mode: ResumeMode::default(),
                max_resumes: 2,
                classify: Arc::new(StandardTable),
                observers: Observers::default(),
            },
        }
    }

    /// Sets what becomes of a broken stream where the request does not say; [`ResumeMode::Text`] by default.
    pub fn with_mode(mut self, mode: ResumeMode) -> Self {
        self.settings.mode = mode;
        self
    }

    /// Limits how often one stream is continued; 2 by default.
    pub fn with_max_resumes(mut self, resumes: usize) -> Self {
        self.settings.max_resumes = resumes;
        self
    }

    /// Judges failures by `classify` instead of the [`StandardTable`].
    pub fn with_classify(mut self, classify: Arc<dyn Classify>) -> Self {
        self.settings.classify = classify;
        self
    }

    /// Tells `observers` of each resume.
    pub fn with_observers(mut self, observers: Observers) -> Self {
        self.settings.observers = observers;
        self
    }
}

impl Default for ResumeLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ResumeLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeLayer")
            .field("mode", &self.settings.mode)
            .field("max_resumes", &self.settings.max_resumes)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for ResumeLayer {
    type Service = ResumeService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ResumeService::new(inner, Arc::new(self.settings.clone()))
    }
}
