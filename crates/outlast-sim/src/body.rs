//! The body of a reply: a list of steps that its reader plays.
//!
//! Nothing runs behind it: time passes and tokens are sent only while it is polled, and dropping it is how the
//! simulated provider learns that the client has gone.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use outlast_types::BoxError;
use tokio::time::{Instant, Sleep};

use crate::fault::CutBy;
use crate::guard::CallGuard;
use crate::log::CallEnd;

/// What the body does next.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Waits, counted from when the step before was due and not from when it was read.
    Wait(Duration),
    /// Sends bytes that hold this many tokens.
    Send { bytes: Bytes, tokens: u64 },
    /// Stands still for ever.
    Stand,
    /// Ends before the rest of the reply.
    Cut(CutBy),
}

/// The body of a simulated provider's reply.
///
/// Its errors are [`outlast_types::Error`]s, boxed: what an HTTP client would know of a broken connection.
#[derive(Debug)]
pub struct SimBody {
    steps: VecDeque<Step>,
    /// When the last step was due.
    due: Instant,
    /// Made at the first wait, then reset.
    sleep: Option<Pin<Box<Sleep>>>,
    call: CallGuard,
    /// How it was cut off.
    cut: Option<CutBy>,
}

impl SimBody {
    /// Begins to play `steps` now.
    pub(crate) fn new(steps: VecDeque<Step>, mut call: CallGuard) -> Self {
        if steps.is_empty() {
            call.end(CallEnd::Complete);
        }
        Self {
            steps,
            due: Instant::now(),
            sleep: None,
            call,
            cut: None,
        }
    }

    /// Tells how it was cut off, if it was.
    #[cfg(feature = "server")]
    pub(crate) fn cut(&self) -> Option<CutBy> {
        self.cut
    }

    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.due <= Instant::now() {
            return Poll::Ready(());
        }
        let due = self.due;
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        sleep.as_mut().poll(cx)
    }
}

impl Body for SimBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            ready!(self.poll_due(cx));
            if self.call.is_cut() {
                self.steps.push_front(Step::Cut(CutBy::Reset));
            }
            match self.steps.pop_front() {
                None => return Poll::Ready(None),
                Some(Step::Wait(wait)) => self.due += wait,
                Some(Step::Stand) => {
                    self.steps.push_front(Step::Stand);
                    return Poll::Pending;
                }
                Some(Step::Send { bytes, tokens }) => {
                    self.call.sent(tokens);
                    if self.steps.is_empty() {
                        self.call.end(CallEnd::Complete);
                    }
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Some(Step::Cut(by)) => {
                    self.steps.clear();
                    self.cut = Some(by);
                    self.call.end(CallEnd::Cut);
                    return Poll::Ready(by.to_error().map(|error| Err(error.into())));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        // Known only of a body in one piece: a stream does not announce its length, and neither must a broken body.
        match (self.steps.front(), self.steps.len()) {
            (None, _) => SizeHint::with_exact(0),
            (Some(Step::Send { bytes, .. }), 1) => SizeHint::with_exact(bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::guard::InFlight;
    use crate::log::Log;

    fn send(text: &'static str) -> Step {
        Step::Send {
            bytes: Bytes::from_static(text.as_bytes()),
            tokens: 1,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_to_cut_breaks_the_calls_under_way_and_none_that_come_later() {
        let in_flight = InFlight::default();
        let call = || CallGuard::new(Log::default(), 0, Instant::now(), in_flight.clone());
        let steps = || VecDeque::from([send("a"), Step::Wait(Duration::from_secs(1)), send("b")]);

        let mut before = SimBody::new(steps(), call());
        before.frame().await.unwrap().unwrap();
        in_flight.cut();
        let after = SimBody::new(steps(), call());

        assert!(before.frame().await.unwrap().is_err());
        assert_eq!(before.cut, Some(CutBy::Reset));
        assert_eq!(after.collect().await.unwrap().to_bytes(), "ab");
    }
}
