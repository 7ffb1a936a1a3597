//! What speaks for which task.

use outlast_types::{ChatRequest, ReasoningEffort, ResponseFormat};

use super::guess::{Signal, Task};

/// How much of the user's last turn is read, in bytes.
const READ: usize = 8 * 1024;

/// Below this many bytes of input a request is short.
const SHORT: u64 = 400;

/// From this many tokens down an answer is short.
const SHORT_ANSWER: u64 = 64;

/// Words and phrases that speak for a task: what they have in common, their points, and they themselves in lower case.
const WORDS: [(Task, u32, &str, &[&str]); 9] = [
    (
        Task::Coding,
        3,
        "words of programming",
        &[
            "refactor",
            "compile",
            "compiler",
            "debug",
            "bug",
            "unit test",
            "unit tests",
            "stack trace",
            "function",
            "regex",
            "sql",
            "codebase",
            "pull request",
            "source code",
        ],
    ),
    (
        Task::Coding,
        2,
        "a programming language",
        &[
            "rust",
            "python",
            "javascript",
            "typescript",
            "java",
            "c++",
            "golang",
            "bash",
            "kotlin",
        ],
    ),
    (
        Task::Reasoning,
        4,
        "asks for a proof",
        &["prove", "proof", "derive", "theorem", "lemma"],
    ),
    (
        Task::Reasoning,
        3,
        "asks to think it through",
        &[
            "step by step",
            "think hard",
            "think carefully",
            "reason about",
            "trade-off",
            "trade-offs",
            "weigh",
            "pros and cons",
            "root cause",
            "strategy",
        ],
    ),
    (
        Task::Creative,
        4,
        "a form of literature",
        &[
            "poem",
            "story",
            "lyrics",
            "haiku",
            "novel",
            "screenplay",
            "slogan",
            "fairy tale",
            "sonnet",
            "limerick",
        ],
    ),
    (
        Task::Creative,
        2,
        "asks for invention",
        &["in the style of", "brainstorm", "imagine", "creative"],
    ),
    (
        Task::Batch,
        4,
        "a task done by the thousand",
        &[
            "extract",
            "classify",
            "label",
            "translate",
            "categorize",
            "transcribe",
            "tag",
        ],
    ),
    (
        Task::Fast,
        4,
        "asks for a short answer",
        &[
            "one word",
            "briefly",
            "in short",
            "yes or no",
            "one sentence",
            "tl;dr",
            "quick",
        ],
    ),
    (
        Task::Simple,
        1,
        "a plain question",
        &["what is", "who is", "when was", "where is", "how many"],
    ),
];

/// Collects what is found in a request.
pub(super) fn of(request: &ChatRequest) -> Vec<Signal> {
    let text = request.last_user_text();
    let mut end = text.len().min(READ);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default().to_lowercase();
    let mut signals = vec![Signal {
        task: Task::Simple,
        points: 1,
        what: "nothing said otherwise yet",
    }];
    let in_words = WORDS
        .iter()
        .filter(|(_, _, _, words)| words.iter().any(|word| has_word(&text, word)));
    signals.extend(in_words.map(|(task, points, what, _)| Signal {
        task: *task,
        points: *points,
        what,
    }));
    let beside = beside_words(request, &text).into_iter();
    let found = beside.filter(|(is_there, ..)| *is_there);
    signals.extend(found.map(|(_, task, points, what)| Signal { task, points, what }));
    signals
}

/// What is found in other ways: whether it is there, and what it speaks for.
fn beside_words(request: &ChatRequest, text: &str) -> [(bool, Task, u32, &'static str); 8] {
    let reasoning = request.reasoning.as_ref();
    let thinks_much = reasoning.is_some_and(|it| {
        let effort = matches!(
            it.effort,
            Some(ReasoningEffort::Medium | ReasoningEffort::High)
        );
        effort || it.budget_tokens.is_some()
    });
    let thinks_little = reasoning.is_some_and(|it| {
        matches!(
            it.effort,
            Some(ReasoningEffort::Minimal | ReasoningEffort::Low)
        )
    });
    let has_schema = matches!(
        request.response_format,
        Some(ResponseFormat::JsonSchema { .. } | ResponseFormat::JsonObject)
    );
    let is_short = request.input_bytes() < SHORT;
    let has_short_answer = request
        .max_output_tokens
        .is_some_and(|tokens| tokens <= SHORT_ANSWER);
    let is_hot = request.temperature.is_some_and(|it| it >= 0.9);
    [
        (
            thinks_much,
            Task::Reasoning,
            5,
            "much reasoning is asked for",
        ),
        (
            thinks_little,
            Task::Fast,
            2,
            "little reasoning is asked for",
        ),
        (has_schema, Task::Batch, 3, "the answer is data"),
        (text.contains("```"), Task::Coding, 4, "a block of code"),
        (
            !request.tools.is_empty(),
            Task::Coding,
            1,
            "tools are offered",
        ),
        (
            has_short_answer,
            Task::Fast,
            3,
            "the answer is limited to a few tokens",
        ),
        (is_hot, Task::Creative, 2, "a high temperature"),
        (is_short, Task::Simple, 1, "a short input"),
    ]
}

/// Tells whether a text has a word, and not only as part of another.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, found)| {
        let before = text.get(..start).and_then(|it| it.chars().next_back());
        let after = text
            .get(start + found.len()..)
            .and_then(|it| it.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}
