//! The simulated provider itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

#[cfg(feature = "server")]
use crate::director::Picked;
use crate::director::{CallFacts, Direction, Director};
use crate::guard::InFlight;
use crate::log::{CallRecord, Log};
use crate::text::reference_text;
use crate::{Api, Script, SimService};

/// A simulated provider: healthy and instant until a [`Script`] says otherwise.
///
/// It is a handle: a clone is the same provider, with the same script and the same log.
///
/// # Examples
///
/// ```
/// use outlast_sim::{Api, Script, Sim};
///
/// let script = Script::parse("[[rule]]\nstatus = 503").unwrap();
/// let sim = Sim::new(Api::OpenAi).with_script(script);
/// assert!(sim.log().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Sim {
    core: Arc<Core>,
}

#[derive(Debug)]
struct Core {
    api: Api,
    started: Instant,
    log: Log,
    in_flight: InFlight,
    key: Mutex<Option<String>>,
    director: Mutex<Director>,
}

impl Sim {
    /// Makes a healthy provider that speaks `api`.
    pub fn new(api: Api) -> Self {
        let started = Instant::now();
        Self {
            core: Arc::new(Core {
                api,
                started,
                log: Log::default(),
                in_flight: InFlight::default(),
                key: Mutex::default(),
                director: Mutex::new(Director::new(Script::default(), started)),
            }),
        }
    }

    /// Begins with `script`.
    pub fn with_script(self, script: Script) -> Self {
        self.set_script(script);
        self
    }

    /// Asks every caller for `key`: others get a 401.
    pub fn with_key(self, key: impl Into<String>) -> Self {
        *lock(&self.core.key) = Some(key.into());
        self
    }

    /// Replaces the script, from now on; calls under way go on by the old one.
    pub fn set_script(&self, script: Script) {
        *self.director() = Director::new(script, self.core.started);
    }

    /// Resets the connections of all calls under way: each breaks where its next token would have come. Calls that
    /// arrive later are not touched.
    pub fn cut_calls(&self) {
        self.core.in_flight.cut();
    }

    /// Returns the script.
    pub fn script(&self) -> Arc<Script> {
        Arc::clone(self.director().script())
    }

    /// Returns the API it speaks.
    pub fn api(&self) -> Api {
        self.core.api
    }

    /// Returns what a whole answer to `user_message` says by the script that is set.
    pub fn reference_text(&self, user_message: &str) -> String {
        reference_text(user_message, self.script().words())
    }

    /// Returns the provider as a service that takes HTTP requests in memory.
    pub fn service(&self) -> SimService {
        SimService::new(self.clone())
    }

    /// Returns the calls it remembers, oldest first.
    pub fn log(&self) -> Vec<CallRecord> {
        self.core.log.records()
    }

    /// Takes the calls that have ended out of the log, oldest first, up to the first that has not: whoever plays a long
    /// outage takes them from time to time, for the log keeps only so many.
    pub fn take_log(&self) -> Vec<CallRecord> {
        self.core.log.take_ended()
    }

    /// Forgets all calls.
    pub fn clear_log(&self) {
        self.core.log.clear();
    }

    pub(crate) fn call_log(&self) -> &Log {
        &self.core.log
    }

    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.core.in_flight
    }

    pub(crate) fn started(&self) -> Instant {
        self.core.started
    }

    /// Tells whether a caller with this key is let in.
    pub(crate) fn accepts(&self, key: Option<&str>) -> bool {
        match lock(&self.core.key).as_deref() {
            None => true,
            Some(expected) => key == Some(expected),
        }
    }

    /// Directs a call: finds the rule that applies to it, if one does.
    pub(crate) fn direct(&self, call: &CallFacts<'_>, now: Instant) -> Direction {
        let mut director = self.director();
        let picked = director.pick(call, now);
        Direction {
            slowness: director.slowness(),
            script: Arc::clone(director.script()),
            picked,
        }
    }

    /// Finds the rule by which connections are refused at this moment.
    #[cfg(feature = "server")]
    pub(crate) fn refuses_connection(&self, now: Instant) -> Option<Picked> {
        self.director().refuses_connection(now)
    }

    fn director(&self) -> MutexGuard<'_, Director> {
        lock(&self.core.director)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves a whole value behind.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
