//! What is added to an error so that it says who failed and how far the call had come.

use outlast_types::{BoxError, Error, ErrorKind, Phase, ReplyMeta, Sent, TargetId};

use crate::authorize::Access;

/// What is known of a reply while its body is read.
pub(crate) struct ReplyFacts {
    target: TargetId,
    access: Access,
    request_id: Option<String>,
}

impl ReplyFacts {
    pub(crate) fn new(meta: &ReplyMeta, access: Access) -> Self {
        Self {
            target: meta.target.clone(),
            access,
            request_id: meta.request_id.clone(),
        }
    }

    /// Adds to a failure of the body who failed. A stream corrects the phase itself once something has reached the
    /// caller.
    pub(crate) fn add_to(&self, error: Error) -> Error {
        let request_id = self.request_id.clone();
        let request_id = request_id.or_else(|| error.request_id().map(str::to_owned));
        self.access
            .blot_out(error)
            .with_target(self.target.clone())
            .with_request_id(request_id)
            .with_phase(Phase::BeforeCommit)
            .with_sent(Sent::Yes)
    }
}

/// Reads a transport's failure to get a reply's head.
///
/// What is not ours tells nothing of how far it came: the request may have been sent.
pub(crate) fn transport(error: BoxError, target: &TargetId) -> Error {
    transport_failure(error).with_target(target.clone())
}

/// Reads a transport's failure to get a reply's head from somebody who is no target.
pub(crate) fn transport_failure(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(other) => Error::new(ErrorKind::ConnectionLost)
            .with_phase(Phase::Head)
            .with_sent(Sent::Maybe)
            .with_source(other),
    }
}

/// Reads a transport's failure in the middle of a body: whatever the cause, a reply that had begun broke off.
pub(crate) fn cut(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) if error.kind() != ErrorKind::ConnectionLost => *error,
        Ok(error) => Error::new(ErrorKind::StreamBroken).with_source(*error),
        Err(other) => Error::new(ErrorKind::StreamBroken).with_source(other),
    }
}
