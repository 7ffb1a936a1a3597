//! A stream that was not asked for as events: one JSON array that grows.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::body::Step;

/// What stands between two elements.
const BETWEEN: &[u8] = b"\n,\r\n";

/// Makes an array of the frames in `steps`, which are server-sent events of one line or plain JSON.
pub(super) fn of_frames(steps: VecDeque<Step>, is_whole: bool) -> VecDeque<Step> {
    let mut separator: &[u8] = b"[";
    let mut steps: VecDeque<_> = steps
        .into_iter()
        .map(|step| match step {
            Step::Send { bytes, tokens } => {
                let bytes = element(separator, &bytes);
                separator = BETWEEN;
                Step::Send { bytes, tokens }
            }
            other => other,
        })
        .collect();
    if is_whole {
        let bytes = Bytes::from_static(b"\n]");
        steps.push_back(Step::Send { bytes, tokens: 0 });
    }
    steps
}

fn element(separator: &[u8], frame: &[u8]) -> Bytes {
    let data = frame.strip_prefix(b"data: ").unwrap_or(frame);
    [separator, data.trim_ascii_end()].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(frames: &[&'static str], is_whole: bool) -> String {
        let send = |frame: &&'static str| Step::Send {
            bytes: Bytes::from_static(frame.as_bytes()),
            tokens: 1,
        };
        let steps = of_frames(frames.iter().map(send).collect(), is_whole);
        let bytes = steps.iter().map(|step| match step {
            Step::Send { bytes, .. } => std::str::from_utf8(bytes).unwrap(),
            _ => panic!("{step:?}"),
        });
        bytes.collect()
    }

    #[test]
    fn events_become_elements_and_a_stream_that_breaks_off_is_not_closed() {
        let events = ["data: {\"a\": 1}\r\n\r\n", "data: {\"a\": 2}\r\n\r\n"];
        assert_eq!(written(&events, true), "[{\"a\": 1}\n,\r\n{\"a\": 2}\n]");
        assert_eq!(written(&events, false), "[{\"a\": 1}\n,\r\n{\"a\": 2}");
        assert_eq!(written(&["{\"error\": 1}\n"], true), "[{\"error\": 1}\n]");
    }
}
