//! What the caller of a call saw, and what must hold whatever it was.

use std::fmt;
use std::time::Duration;

use outlast::{Attempt, AttemptOutcome, ChatRequest, Client, Error};
use tokio::time::Instant;

use crate::support::{assert_no_key, question, read};

/// How a call ended for its caller.
pub(crate) struct Seen {
    pub(crate) ending: Result<Whole, Error>,
    pub(crate) took: Duration,
    pub(crate) attempts: Vec<Attempt>,
    /// What of a stream had come before it failed.
    pub(crate) partial: String,
}

/// An answer, and who gave it.
pub(crate) struct Whole {
    pub(crate) text: String,
    pub(crate) from: String,
}

/// Asks for a whole answer.
pub(crate) async fn chat(client: &Client) -> Seen {
    chat_with(client, question()).await
}

/// Asks for a whole answer to `request`.
pub(crate) async fn chat_with(client: &Client, request: ChatRequest) -> Seen {
    let start = Instant::now();
    let reply = client.chat(request).await;
    let took = start.elapsed();
    match reply {
        Ok(reply) => Seen::new(
            Ok(Whole {
                text: reply.text(),
                from: served_by(&reply.meta().ledger.attempts()),
            }),
            took,
            reply.meta().ledger.attempts(),
            String::new(),
        ),
        Err(error) => {
            let attempts = error.attempts();
            Seen::new(Err(error), took, attempts, String::new())
        }
    }
}

/// Asks for a stream and reads it to its end.
pub(crate) async fn stream(client: &Client) -> Seen {
    stream_with(client, question()).await
}

/// Asks for a stream that answers `request`, and reads it to its end.
pub(crate) async fn stream_with(client: &Client, request: ChatRequest) -> Seen {
    let start = Instant::now();
    let mut stream = match client.stream(request).await {
        Ok(stream) => stream,
        Err(error) => {
            let attempts = error.attempts();
            return Seen::new(Err(error), start.elapsed(), attempts, String::new());
        }
    };
    let (text, end) = read(&mut stream).await;
    let took = start.elapsed();
    let attempts = stream.meta().ledger.attempts();
    match end {
        Ok(()) => {
            let from = served_by(&attempts);
            Seen::new(Ok(Whole { text, from }), took, attempts, String::new())
        }
        Err(error) => Seen::new(Err(error), took, attempts, text),
    }
}

/// Names the account that gave the answer, or its end.
fn served_by(attempts: &[Attempt]) -> String {
    let served = attempts
        .iter()
        .rfind(|attempt| attempt.outcome == AttemptOutcome::Served);
    served.map_or_else(String::new, |attempt| attempt.target.account().to_owned())
}

impl Seen {
    fn new(
        ending: Result<Whole, Error>,
        took: Duration,
        attempts: Vec<Attempt>,
        partial: String,
    ) -> Self {
        let seen = Self {
            ending,
            took,
            attempts,
            partial,
        };
        seen.holds_whatever_happened();
        seen
    }

    /// No more than four calls; one target served a whole answer, and none an error; what it used is known; no key shows.
    fn holds_whatever_happened(&self) {
        assert!(self.calls() <= 4, "{self}");
        let served = self.with_outcome(AttemptOutcome::Served);
        assert_eq!(served.len(), usize::from(self.ending.is_ok()), "{self}");
        for attempt in served {
            assert!(attempt.usage.is_some(), "{self}");
        }
        assert!(
            self.with_outcome(AttemptOutcome::Pending).is_empty(),
            "{self}"
        );
        assert_no_key(&format!("{self} {:?}", self.ending.as_ref().err()));
    }

    /// Counts the calls that reached a provider.
    pub(crate) fn calls(&self) -> usize {
        let skipped = |attempt: &&Attempt| !matches!(attempt.outcome, AttemptOutcome::Skipped(_));
        self.attempts.iter().filter(skipped).count()
    }

    /// Lists the attempts, without their times: `a server, b served`.
    pub(crate) fn ledger(&self) -> String {
        crate::support::ledger(&self.attempts).join(", ")
    }

    /// Prints what was seen as that of fault `row`, for the table.
    pub(crate) fn print(self, row: u8) -> Self {
        println!("row {row}: {self}");
        self
    }

    /// Fails unless it is the whole answer of `account`.
    #[track_caller]
    pub(crate) fn is_whole_from(&self, account: &str, text: &str) -> &Self {
        match &self.ending {
            Ok(whole) => {
                assert_eq!(whole.from, account, "{self}");
                assert_eq!(whole.text, text, "{self}");
            }
            Err(error) => panic!("{self}: {error}"),
        }
        self
    }

    /// Fails unless it took so long at most.
    #[track_caller]
    pub(crate) fn took_at_most(&self, limit: Duration) -> &Self {
        assert!(self.took <= limit, "{self}");
        self
    }

    /// Fails unless these were the attempts.
    #[track_caller]
    pub(crate) fn has_ledger(&self, ledger: &str) -> &Self {
        assert_eq!(self.ledger(), ledger);
        self
    }

    /// Returns the error it ended in.
    #[track_caller]
    pub(crate) fn error(&self) -> &Error {
        match &self.ending {
            Err(error) => error,
            Ok(_) => panic!("no error: {self}"),
        }
    }

    fn with_outcome(&self, outcome: AttemptOutcome) -> Vec<&Attempt> {
        let has = |attempt: &&Attempt| attempt.outcome == outcome;
        self.attempts.iter().filter(has).collect()
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ending {
            Ok(whole) => write!(f, "the whole answer, at the end from {}", whole.from)?,
            Err(error) if self.partial.is_empty() => write!(f, "the error `{}`", error.kind())?,
            Err(error) => write!(f, "a beginning and the error `{}`", error.kind())?,
        }
        write!(f, " ({})", self.ledger())
    }
}
