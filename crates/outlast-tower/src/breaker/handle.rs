use std::sync::Arc;

use outlast_types::TargetId;

use super::BreakerConfig;
use crate::classify::{Classify, StandardTable};
use crate::{Jitter, Observers};

/// The breaker of one target; clones share it.
#[derive(Clone)]
pub struct Breaker {
    settings: Arc<Settings>,
}

#[derive(Clone)]
struct Settings {
    target: TargetId,
    config: BreakerConfig,
    classify: Arc<dyn Classify>,
    jitter: Jitter,
    observers: Observers,
}

impl Breaker {
    /// Makes a closed breaker for calls to `target`, with the default numbers.
    pub fn new(target: TargetId) -> Self {
        Self {
            settings: Arc::new(Settings {
                target,
                config: BreakerConfig::default(),
                classify: Arc::new(StandardTable),
                jitter: Jitter::default(),
                observers: Observers::default(),
            }),
        }
    }

    /// Goes by the numbers in `config`.
    pub fn with_config(self, config: BreakerConfig) -> Self {
        self.set(|settings| settings.config = config)
    }

    /// Judges failures by `classify` instead of the [`StandardTable`].
    pub fn with_classify(self, classify: Arc<dyn Classify>) -> Self {
        self.set(|settings| settings.classify = classify)
    }

    /// Draws chance from `jitter`.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        self.set(|settings| settings.jitter = jitter)
    }

    /// Tells `observers` of each change of state.
    pub fn with_observers(self, observers: Observers) -> Self {
        self.set(|settings| settings.observers = observers)
    }

    /// Returns whose breaker it is.
    pub fn target(&self) -> &TargetId {
        &self.settings.target
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Arc::unwrap_or_clone(self.settings);
        change(&mut settings);
        Self {
            settings: Arc::new(settings),
        }
    }
}
