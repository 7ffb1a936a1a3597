//! Calls that ask to go on after a partial answer.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

mod support;

use outlast_sim::ContinuedBy;
use outlast_types::{ErrorKind, Message};
use support::*;

/// Returns the whole answer, split after so many characters.
fn split(sim: &Provider, chars: usize) -> (String, String) {
    let whole = sim.reference_text(QUESTION);
    let at = whole.char_indices().nth(chars).unwrap().0;
    let (partial, rest) = whole.split_at(at);
    (partial.to_owned(), rest.to_owned())
}

#[tokio::test(start_paused = true)]
async fn an_answer_goes_on_exactly_where_it_stopped_wherever_that_was() {
    for format in FORMATS {
        let sim = sim(format, "answer = { words = 25 }");
        let whole = sim.reference_text(QUESTION);
        for chars in 1..whole.chars().count() {
            let (partial, rest) = split(&sim, chars);
            let by_prefill = stream(&sim, &prefilled(&partial)).await.whole();
            let by_words = stream(&sim, &instructed(&partial)).await.whole();
            // A codec may have to take white space off the end of a prefill; then it comes again.
            let seam = partial.trim_end().to_owned() + &by_prefill.text();
            assert!(
                [&seam, &(partial + &by_prefill.text())].contains(&&whole),
                "after {chars}"
            );
            assert_eq!(by_words.text(), rest, "after {chars}");
        }
        let calls = sim.log();
        assert_eq!(calls[0].continued, Some(ContinuedBy::Prefill));
        assert_eq!(calls[1].continued, Some(ContinuedBy::Instruction));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_whole_already_ends_without_being_empty() {
    for format in FORMATS {
        let sim = Provider::new(format);
        let whole = sim.reference_text(QUESTION);
        for request in [prefilled(&whole), instructed(&whole)] {
            let reply = stream(&sim, &request).await.whole();
            assert_eq!(reply.text(), "");
            assert!(!reply.is_empty(), "its end of turn is a token");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_only_goes_on_is_no_continuation() {
    for format in FORMATS {
        let sim = Provider::new(format);
        let (partial, _) = split(&sim, 50);
        let next = prefilled(&partial).with_message(Message::user("And what does it cost?"));
        let other = prefilled("I said this.").with_message(Message::user("Please continue."));
        assert_eq!(
            stream(&sim, &next).await.text(),
            sim.reference_text("And what does it cost?")
        );
        assert_eq!(
            stream(&sim, &other).await.text(),
            sim.reference_text("Please continue.")
        );
        assert!(sim.log().iter().all(|call| call.continued.is_none()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_foreign_beginning_is_followed_by_the_whole_answer() {
    for format in FORMATS {
        let sim = Provider::new(format);
        let exchange = stream(&sim, &prefilled("Well:")).await;
        assert_eq!(exchange.text(), sim.reference_text(QUESTION));
        assert_eq!(sim.log()[0].continued, Some(ContinuedBy::Prefill));
    }
}

#[tokio::test(start_paused = true)]
async fn a_beginning_after_the_caller_s_own_words_is_continued_too() {
    for format in FORMATS {
        let sim = Provider::new(format);
        let (partial, rest) = split(&sim, 50);
        let begun = format!("Well: {partial}");
        for request in [prefilled(&begun), instructed(&begun)] {
            assert_eq!(stream(&sim, &request).await.text(), rest);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_prefill_may_be_refused_and_an_instruction_is_followed() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\ncontinuation = \"refuse-prefill\"");
        let (partial, rest) = split(&sim, 50);
        let refused = stream(&sim, &prefilled(&partial)).await;
        assert_eq!(refused.status(), 400);
        assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
        assert!(refused.error().message().unwrap().contains("prefill"));
        assert_eq!(stream(&sim, &instructed(&partial)).await.text(), rest);
        assert!(stream(&sim, &question()).await.end.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn the_tail_may_be_repeated_first() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\ncontinuation = \"repeat-tail\"\ntail = 7");
        let (partial, rest) = split(&sim, 50);
        let tail: String = partial.chars().skip(43).collect();
        for request in [prefilled(&partial), instructed(&partial)] {
            assert_eq!(stream(&sim, &request).await.text(), format!("{tail}{rest}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_tail_longer_than_the_beginning_repeats_it_all() {
    let sim = sim(
        Format::Chat,
        "answer = { continuation = \"repeat-tail\", tail = 9999 }",
    );
    let (partial, _) = split(&sim, 50);
    assert_eq!(
        stream(&sim, &prefilled(&partial)).await.text(),
        sim.reference_text(QUESTION)
    );
}

#[tokio::test(start_paused = true)]
async fn the_answer_may_start_over() {
    for format in FORMATS {
        let sim = sim(format, "[answer]\ncontinuation = \"start-over\"");
        let (partial, _) = split(&sim, 50);
        for request in [prefilled(&partial), instructed(&partial)] {
            assert_eq!(
                stream(&sim, &request).await.text(),
                sim.reference_text(QUESTION)
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_may_diverge() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\ncontinuation = \"diverge\"");
        let (partial, rest) = split(&sim, 50);
        let text = stream(&sim, &instructed(&partial)).await.whole().text();
        assert!(!text.is_empty());
        assert_ne!(text, rest);
        assert_ne!(text, sim.reference_text(QUESTION));
        assert_eq!(
            stream(&sim, &question()).await.text(),
            sim.reference_text(QUESTION)
        );
    }
}
