use std::fmt;

use outlast_types::ChatRequest;

use super::signals;

/// A kind of task, and the usual name of the route for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Task {
    /// Short questions; what everything is that gives no other sign.
    Simple,
    /// Answers that are wanted at once and short.
    Fast,
    /// One of many alike: to extract, to label, to translate.
    Batch,
    /// Stories, poems, slogans.
    Creative,
    /// Programs.
    Coding,
    /// Proofs, plans, weighing of reasons.
    Reasoning,
}

impl Task {
    /// All of them; of two with as many points the later is taken.
    pub const ALL: [Self; 6] = [
        Self::Simple,
        Self::Fast,
        Self::Batch,
        Self::Creative,
        Self::Coding,
        Self::Reasoning,
    ];

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Fast => "fast",
            Self::Batch => "batch",
            Self::Creative => "creative",
            Self::Coding => "coding",
            Self::Reasoning => "reasoning",
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something in a request that speaks for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signal {
    /// The task it speaks for.
    pub task: Task,
    /// How much.
    pub points: u32,
    /// What was found; never a quotation of the prompt.
    pub what: &'static str,
}

/// What a request is taken for, and why.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Guess {
    /// The task with the most points.
    pub task: Task,
    /// Its share of all points, 0 to 1.
    pub confidence: f64,
    /// What was found.
    pub signals: Vec<Signal>,
}

/// Says what kind of task a request asks for.
pub fn guess(request: &ChatRequest) -> Guess {
    let signals = signals::of(request);
    let points = |task: Task| -> u32 {
        let of_task = signals.iter().filter(|signal| signal.task == task);
        of_task.map(|signal| signal.points).sum()
    };
    let task = Task::ALL.into_iter().max_by_key(|task| points(*task));
    let task = task.unwrap_or(Task::Simple);
    let all: u32 = signals.iter().map(|signal| signal.points).sum();
    Guess {
        task,
        confidence: f64::from(points(task)) / f64::from(all.max(1)),
        signals,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outlast_types::{RawJson, ReasoningConfig, ReasoningEffort, ResponseFormat};
    use proptest::prelude::{prop_assert, proptest};

    fn of(text: &str) -> Task {
        guess(&ChatRequest::user(text)).task
    }

    #[test]
    fn ordinary_requests_are_taken_for_what_they_are() {
        for (text, task) in [
            ("What is the capital of France?", Task::Simple),
            ("Answer in one word: is water wet?", Task::Fast),
            (
                "Extract all names from the following text: ...",
                Task::Batch,
            ),
            (
                "Write a poem about autumn in the style of Rilke.",
                Task::Creative,
            ),
            (
                "Why does this not compile?\n```rust\nlet x = 1\n```",
                Task::Coding,
            ),
            (
                "Prove that there are infinitely many primes.",
                Task::Reasoning,
            ),
            (
                "Compare both plans step by step and weigh the trade-offs.",
                Task::Reasoning,
            ),
        ] {
            let guessed = guess(&ChatRequest::user(text));
            assert_eq!(guessed.task, task, "{text}: {guessed:?}");
        }
    }

    #[test]
    fn a_word_counts_only_as_a_word() {
        assert_eq!(of("Is the debugged improvement classy?"), Task::Simple);
    }

    #[test]
    fn what_is_asked_for_beside_the_text_counts() {
        let mut request = ChatRequest::user("Hello.");
        let mut reasoning = ReasoningConfig::default();
        reasoning.effort = Some(ReasoningEffort::High);
        request.body_mut().reasoning = Some(reasoning);
        assert_eq!(guess(&request).task, Task::Reasoning);

        let schema = ResponseFormat::JsonSchema {
            name: "labels".to_owned(),
            schema: RawJson::parse("{}").unwrap(),
            description: None,
            strict: None,
        };
        let request = ChatRequest::user("Is this spam?").with_response_format(schema);
        assert_eq!(guess(&request).task, Task::Batch);
    }

    #[test]
    fn signs_of_two_tasks_make_it_less_sure() {
        let one = guess(&ChatRequest::user("Write a poem."));
        let two = guess(&ChatRequest::user(
            "Write a poem about a bug in this function.",
        ));
        assert!(two.confidence < one.confidence, "{one:?} {two:?}");
    }

    proptest! {
        #[test]
        fn any_text_gives_a_task_and_a_confidence(text: String) {
            let guessed = guess(&ChatRequest::user(text));
            prop_assert!(guessed.confidence > 0.0 && guessed.confidence <= 1.0);
        }
    }
}
