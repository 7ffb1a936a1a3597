//! Each fault, as the caller of either API sees it.

mod support;

use std::time::Duration;

use futures_util::FutureExt;
use http_body_util::BodyExt;
use outlast_sim::CallEnd;
use outlast_types::{ErrorKind, Mode, Phase, Sent, StreamEvent};
use support::*;
use tower_service::Service;

const MODES: [Mode; 2] = [Mode::Unary, Mode::Stream];

/// Checks that nothing happens within an hour.
async fn hangs(call: impl Future<Output = Exchange>) -> bool {
    tokio::time::timeout(Duration::from_secs(3600), call)
        .await
        .is_err()
}

#[tokio::test(start_paused = true)]
async fn a_status_comes_with_an_error_in_the_api_s_own_shape() {
    let check = async |status: u16, kind: ErrorKind| {
        for format in FORMATS {
            let sim = sim(
                format,
                &format!("[[rule]]\nstatus = {status}\nmessage = \"Out of order.\""),
            );
            for mode in MODES {
                let exchange = ask(&sim, &question(), mode).await;
                assert_eq!(exchange.status(), status);
                assert_eq!(exchange.kind(), kind, "{format:?} {status}");
                assert_eq!(exchange.error().message(), Some("Out of order."));
            }
            assert_eq!(sim.log()[0].status, Some(status));
            assert_eq!(sim.log()[0].fault, Some(format!("status {status}")));
            assert_eq!(sim.log()[0].end, CallEnd::Complete);
        }
    };
    check(500, ErrorKind::Server).await;
    check(503, ErrorKind::Overloaded).await;
    check(529, ErrorKind::Overloaded).await;
    check(429, ErrorKind::RateLimited).await;
    check(401, ErrorKind::Unauthenticated).await;
    check(403, ErrorKind::PermissionDenied).await;
    check(404, ErrorKind::ModelNotFound).await;
    check(400, ErrorKind::InvalidRequest).await;
}

#[tokio::test(start_paused = true)]
async fn headers_are_added_to_errors_and_answers() {
    for format in FORMATS {
        let limited = sim(
            format,
            "[[rule]]\nstatus = 429\nheaders = { retry-after = \"7\" }",
        );
        let exchange = unary(&limited, &question()).await;
        assert_eq!(exchange.error().retry_after(), Some(Duration::from_secs(7)));

        let marked = sim(format, "[[rule]]\nheaders = { x-mark = \"yes\" }");
        let exchange = stream(&marked, &question()).await;
        assert_eq!(exchange.header("x-mark"), Some("yes"));
        assert_eq!(exchange.text(), marked.reference_text(QUESTION));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_comes_as_the_script_gives_it() {
    let script = "[[rule]]\nstatus = 502\nbody = \"upstream gone\"\ncontent_type = \"text/plain\"";
    for format in FORMATS {
        let sim = sim(format, script);
        let exchange = unary(&sim, &question()).await;
        assert_eq!(exchange.status(), 502);
        assert_eq!(exchange.header("content-type"), Some("text/plain"));
        assert_eq!(exchange.error().body(), "upstream gone");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_html_with_status_200_is_no_answer() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nhtml = true");
        for mode in MODES {
            let exchange = ask(&sim, &question(), mode).await;
            assert_eq!(exchange.status(), 200);
            assert_eq!(exchange.header("content-type"), Some("text/html"));
            assert!(exchange.end.is_err(), "{format:?} {mode:?}");
            assert_eq!(exchange.text(), "");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_comes_before_the_head() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\ndelay = \"3s\"");
        let head = sim
            .service()
            .call(encode(format, &question(), Mode::Stream));
        let start = tokio::time::Instant::now();
        head.await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_never_gets_a_head() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nhang = true");
        assert!(hangs(unary(&sim, &question())).await);
        assert!(hangs(stream(&sim, &question())).await);
        assert_eq!(sim.log()[0].status, None);
        assert_eq!(sim.log()[0].end, CallEnd::ClientGone);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_token_of_a_stream_comes_late_and_its_head_at_once() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nfirst_token = \"8s\"");
        let reply = sim
            .service()
            .call(encode(format, &question(), Mode::Stream))
            .now_or_never();
        assert!(reply.is_some());
        let exchange = stream(&sim, &question()).await;
        assert_eq!(exchange.took, Duration::from_secs(8));
        assert_eq!(exchange.text(), sim.reference_text(QUESTION));
    }
}

#[tokio::test(start_paused = true)]
async fn a_pace_slows_down_every_token_after_the_first() {
    for format in FORMATS {
        let script = "answer = { words = 5 }\n[[rule]]\ngap = \"2s\"";
        assert_eq!(
            stream(&sim(format, script), &question()).await.took,
            Duration::from_secs(8)
        );
        let script = "answer = { words = 5 }\n[[rule]]\ntokens_per_second = 4";
        assert_eq!(
            stream(&sim(format, script), &question()).await.took,
            Duration::from_secs(1)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_fails_before_anything_was_sent() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nconnection = \"refuse\"");
        let exchange = unary(&sim, &question()).await;
        let error = exchange.error();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert_eq!((error.phase(), error.sent()), (Phase::Connect, Sent::No));
        assert_eq!(sim.log()[0].end, CallEnd::Cut);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_fails_after_the_request_may_have_been_read() {
    for format in FORMATS {
        let exchange = unary(&sim(format, "[[rule]]\nconnection = \"lose\""), &question()).await;
        let error = exchange.error();
        assert_eq!(error.kind(), ErrorKind::ConnectionLost);
        assert_eq!((error.phase(), error.sent()), (Phase::Head, Sent::Maybe));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_cut_after_so_many_tokens_by_an_error_of_the_connection() {
    for format in FORMATS {
        for by in ["reset", "close"] {
            let sim = sim(
                format,
                &format!("[[rule]]\ncut = {{ after = 5, by = \"{by}\" }}"),
            );
            let exchange = stream(&sim, &question()).await;
            assert_eq!(exchange.kind(), ErrorKind::ConnectionLost);
            assert_eq!(exchange.tokens(), 5);
            assert!(sim.reference_text(QUESTION).starts_with(&exchange.text()));
            let call = &sim.log()[0];
            assert_eq!((call.end, call.tokens), (CallEnd::Cut, 5));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_cut_after_so_many_tokens_by_an_end_that_looks_proper() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\ncut = { after = 5, by = \"end\" }");
        let exchange = stream(&sim, &question()).await;
        assert_eq!(exchange.kind(), ErrorKind::StreamBroken);
        assert_eq!(exchange.tokens(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_beyond_the_answer_comes_before_the_last_event() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\ncut = { after = 1000, by = \"end\" }");
        let exchange = stream(&sim, &question()).await;
        assert_eq!(exchange.text(), sim.reference_text(QUESTION));
        assert_eq!(exchange.kind(), ErrorKind::StreamBroken);
    }
}

#[tokio::test(start_paused = true)]
async fn a_unary_body_is_cut_where_the_tokens_are() {
    for format in FORMATS {
        for by in ["reset", "end"] {
            let sim = sim(
                format,
                &format!("[[rule]]\ncut = {{ after = 30, by = \"{by}\" }}"),
            );
            let exchange = unary(&sim, &question()).await;
            assert!(exchange.end.is_err());
            assert_eq!(sim.log()[0].tokens, 30);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_stands_still_for_a_time() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nstall = { after = 5, for = \"10s\" }");
        for mode in MODES {
            let exchange = ask(&sim, &question(), mode).await;
            assert_eq!(exchange.took, Duration::from_secs(10));
            assert_eq!(exchange.text(), sim.reference_text(QUESTION));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_stands_still_for_ever() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nstall = { after = 5 }");
        for mode in MODES {
            assert!(hangs(ask(&sim, &question(), mode)).await);
        }
        let calls = sim.log();
        assert_eq!((calls[1].end, calls[1].tokens), (CallEnd::ClientGone, 5));
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_event_stands_between_the_others() {
    for format in FORMATS {
        if format == Format::Converse {
            // Its frames are binary; the next test reads them.
            continue;
        }
        let sim = sim(format, "[[rule]]\nmalformed = { after = 5 }");
        let reply = sim
            .service()
            .call(encode(format, &question(), Mode::Stream))
            .await
            .unwrap();
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        let text = std::str::from_utf8(&body).unwrap();
        let broken = text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .filter(|data| *data != "[DONE]")
            .filter(|data| serde_json::from_str::<serde_json::Value>(data).is_err());
        assert_eq!(broken.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_event_takes_nothing_of_the_answer_with_it() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nmalformed = { after = 5 }");
        // One bad frame is passed over, and nothing of the answer is lost.
        let exchange = stream(&sim, &question()).await;
        assert_eq!(exchange.text(), sim.reference_text(QUESTION));
        assert!(exchange.end.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_unary_body_is_no_json() {
    for format in FORMATS {
        let exchange = unary(
            &sim(format, "[[rule]]\nmalformed = { after = 0 }"),
            &question(),
        )
        .await;
        assert_eq!(exchange.kind(), ErrorKind::Malformed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_in_an_error_of_the_provider() {
    for format in FORMATS {
        let script = "[[rule]]\nerror = { after = 5, status = 529, message = \"Too busy.\" }";
        let exchange = stream(&sim(format, script), &question()).await;
        assert_eq!(exchange.status(), 200);
        assert_eq!(exchange.kind(), ErrorKind::Overloaded);
        assert_eq!(exchange.error().message(), Some("Too busy."));
        assert_eq!(exchange.tokens(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_unary_reply_with_status_200_is_an_error() {
    for format in FORMATS {
        let exchange = unary(&sim(format, "[[rule]]\nerror = { after = 0 }"), &question()).await;
        assert_eq!(exchange.status(), 200);
        assert!(exchange.end.is_err());
        assert_eq!(exchange.text(), "");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_lacks_its_last_event() {
    for format in FORMATS {
        let sim = sim(format, "[[rule]]\nterminal = false");
        let exchange = stream(&sim, &question()).await;
        assert_eq!(exchange.text(), sim.reference_text(QUESTION));
        assert_eq!(exchange.kind(), ErrorKind::StreamBroken);
        assert_eq!(sim.log()[0].end, CallEnd::Complete);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_content_says_nothing() {
    for format in FORMATS {
        for empty in ["choices", "content"] {
            let sim = sim(format, &format!("[[rule]]\nempty = \"{empty}\""));
            for mode in MODES {
                let exchange = ask(&sim, &question(), mode).await;
                assert_eq!(exchange.status(), 200);
                assert!(!exchange.events.iter().any(StreamEvent::is_content));
                if exchange.end.is_ok() {
                    assert!(exchange.whole().is_empty(), "{format:?} {empty} {mode:?}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_of_choices_is_really_empty() {
    let sim = sim(Format::Chat, "[[rule]]\nempty = \"choices\"");
    let call = sim
        .service()
        .call(encode(Format::Chat, &question(), Mode::Unary));
    let body = call
        .await
        .unwrap()
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["choices"], serde_json::json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_down_says_so_before_it_looks_at_key_or_request() {
    for format in FORMATS {
        let sim = sim(format, "models = [\"other\"]\n[[rule]]\nstatus = 503").with_key("k");
        assert_eq!(unary(&sim, &question()).await.status(), 503);
        let models = http::Request::get("/v1/models")
            .body(bytes::Bytes::new())
            .unwrap();
        assert_eq!(sim.service().call(models).await.unwrap().status(), 503);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_fault_nothing_is_wrong() {
    for format in FORMATS {
        let sim = Provider::new(format);
        assert!(stream(&sim, &question()).await.end.is_ok());
        assert_eq!(
            (sim.log()[0].fault.clone(), sim.log()[0].rule.clone()),
            (None, None)
        );
    }
}
