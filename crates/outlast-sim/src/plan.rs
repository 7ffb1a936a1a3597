//! From an answer and a fault to the steps of a body.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use outlast_types::{Error, ErrorKind, Phase, Sent, StreamEvent, Usage};
use outlast_wire::StreamEncoder;

use crate::answer::Answer;
use crate::body::Step;
use crate::fault::{After, CutBy, Fault, Pace, Stall};
use crate::vendor::{Format, Vendor};

/// What an object with a field that nobody knows begins with.
const UNKNOWN_FIELD: &str = r#"{"sim_unknown":{"a":[1]},"#;

/// What a plan must know of the call beside its answer.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) vendor: &'a dyn Vendor,
    pub(crate) format: &'a Format,
    /// The id of the call, as the reply's header has it.
    pub(crate) request_id: &'a str,
    pub(crate) fault: &'a Fault,
}

/// Plans a stream.
pub(crate) fn stream(
    setting: Setting<'_>,
    answer: Answer,
    pace: Pace,
    encoder: Box<dyn StreamEncoder>,
) -> VecDeque<Step> {
    let mut plan = StreamPlan {
        setting,
        encoder,
        steps: VecDeque::with_capacity(2 * answer.pieces.len() + 4),
    };
    plan.write(answer, pace);
    let ends = matches!(plan.steps.back(), Some(Step::Send { .. }));
    let is_whole = ends && !setting.fault.no_terminal;
    setting.format.frames.enclose(plan.steps, is_whole)
}

struct StreamPlan<'a> {
    setting: Setting<'a>,
    encoder: Box<dyn StreamEncoder>,
    steps: VecDeque<Step>,
}

/// Tells whether a stream goes on after a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goes {
    On,
    NoFurther,
}

impl StreamPlan<'_> {
    fn write(&mut self, answer: Answer, pace: Pace) {
        let begun = Usage::new(answer.usage.input, 0);
        let head = [
            StreamEvent::Start(Box::new(answer.start)),
            StreamEvent::usage(begun),
        ];
        self.send(&head, 0);
        let whole = answer.pieces.len();
        for (number, piece) in answer.pieces.iter().enumerate() {
            if self.faults_at(number, whole) == Goes::NoFurther {
                return;
            }
            self.wait(pace, number);
            self.send(std::slice::from_ref(piece), 1);
        }
        if self.faults_at(whole, whole) == Goes::NoFurther {
            return;
        }
        if self.setting.fault.no_terminal {
            return;
        }
        self.send(&answer.endings, 0);
        self.send(&[StreamEvent::usage(answer.usage)], 0);
        self.push(0, |encoder, out| encoder.end(out));
    }

    /// Plans what goes wrong once so many tokens were sent, out of `whole`.
    fn faults_at(&mut self, sent: usize, whole: usize) -> Goes {
        let Setting {
            vendor,
            format,
            request_id,
            fault,
        } = self.setting;
        let frames = format.frames;
        if is_at(fault.malformed.as_ref(), sent, whole) {
            self.push_frame(frames.malformed_frame());
        }
        if is_at(fault.unknown.as_ref(), sent, whole) {
            self.push_frame(frames.unknown_frame());
        }
        if let Some(stall) = at(fault.stall.as_ref(), sent, whole) {
            self.steps.push_back(stall_step(*stall));
            if *stall == Stall::ForEver {
                return Goes::NoFurther;
            }
        }
        if let Some(error) = at(fault.error.as_ref(), sent, whole) {
            let error = error.to_error(vendor, fault.retry_after);
            self.push_frame(frames.error_frame(&error, request_id));
            return Goes::NoFurther;
        }
        if let Some(by) = at(fault.cut.as_ref(), sent, whole) {
            self.steps.push_back(Step::Cut(*by));
            return Goes::NoFurther;
        }
        Goes::On
    }

    fn wait(&mut self, pace: Pace, number: usize) {
        let wait = pace.wait_for(number);
        if !wait.is_zero() {
            self.steps.push_back(Step::Wait(wait));
        }
    }

    fn send(&mut self, events: &[StreamEvent], tokens: u64) {
        self.push(tokens, |encoder, out| {
            events.iter().for_each(|event| encoder.event(event, out));
        });
    }

    fn push(&mut self, tokens: u64, write: impl FnOnce(&mut dyn StreamEncoder, &mut BytesMut)) {
        let mut out = BytesMut::new();
        write(self.encoder.as_mut(), &mut out);
        if !out.is_empty() {
            let bytes = out.freeze();
            self.steps.push_back(Step::Send { bytes, tokens });
        }
    }

    /// Sends a frame that the encoder does not know of.
    fn push_frame(&mut self, bytes: Bytes) {
        self.steps.push_back(Step::Send { bytes, tokens: 0 });
    }
}

/// Plans a reply in one body; where it is cut or stands still it has as large a part of its bytes as of its tokens.
pub(crate) fn unary(setting: Setting<'_>, answer: Answer, model: &str) -> VecDeque<Step> {
    let Setting {
        vendor,
        format,
        request_id,
        fault,
    } = setting;
    if let Some(error) = &fault.error {
        let error = error.what.to_error(vendor, fault.retry_after);
        let body = vendor.error_body(&error, request_id);
        return whole(body, 0);
    }
    let tokens = answer.pieces.len();
    let mut body = format.codec.encode_response(&answer.into_response(model));
    if fault.unknown.is_some() {
        body = with_unknown_field(&body);
    }
    if fault.malformed.is_some() {
        body.truncate(body.len().saturating_sub(1));
    }
    let mut plan = UnaryPlan {
        body,
        whole: tokens,
        sent: 0,
        steps: VecDeque::new(),
    };
    plan.write(fault);
    plan.steps
}

/// Adds a field that nobody knows to a JSON object.
fn with_unknown_field(body: &Bytes) -> Bytes {
    let Some(rest) = body.strip_prefix(b"{") else {
        return body.clone();
    };
    [UNKNOWN_FIELD.as_bytes(), rest].concat().into()
}

/// Sends a body in one piece.
pub(crate) fn whole(body: Bytes, tokens: usize) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    if !body.is_empty() {
        steps.push_back(Step::Send {
            bytes: body,
            tokens: tokens as u64,
        });
    }
    steps
}

struct UnaryPlan {
    /// What is not sent yet.
    body: Bytes,
    /// How many tokens there are in all.
    whole: usize,
    sent: usize,
    steps: VecDeque<Step>,
}

impl UnaryPlan {
    fn write(&mut self, fault: &Fault) {
        let cut = fault.cut.as_ref();
        let stalls_first = |stall: &&After<Stall>| cut.is_none_or(|cut| stall.tokens <= cut.tokens);
        if let Some(stall) = fault.stall.as_ref().filter(stalls_first) {
            self.send_to(stall.tokens);
            self.steps.push_back(stall_step(stall.what));
            if stall.what == Stall::ForEver {
                return;
            }
        }
        if let Some(cut) = cut {
            self.send_to(cut.tokens);
            self.steps.push_back(Step::Cut(cut.what));
            return;
        }
        let rest = self.body.len();
        self.send(rest, self.whole);
    }

    /// Sends up to this token; the last byte stays for what comes after.
    fn send_to(&mut self, tokens: usize) {
        let tokens = tokens.clamp(self.sent, self.whole);
        let left = self.whole - self.sent;
        let part = (tokens - self.sent) * self.body.len() / left.max(1);
        self.send(part.min(self.body.len().saturating_sub(1)), tokens);
    }

    fn send(&mut self, bytes: usize, tokens: usize) {
        let bytes = self.body.split_to(bytes.min(self.body.len()));
        if !bytes.is_empty() {
            let tokens = (tokens - self.sent) as u64;
            self.steps.push_back(Step::Send { bytes, tokens });
        }
        self.sent = tokens;
    }
}

/// Finds what happens at this token; a number beyond the answer means its end.
fn at<T>(fault: Option<&After<T>>, sent: usize, whole: usize) -> Option<&T> {
    fault
        .filter(|fault| fault.tokens.min(whole) == sent)
        .map(|fault| &fault.what)
}

fn is_at<T>(fault: Option<&After<T>>, sent: usize, whole: usize) -> bool {
    at(fault, sent, whole).is_some()
}

fn stall_step(stall: Stall) -> Step {
    match stall {
        Stall::For(time) => Step::Wait(time),
        Stall::ForEver => Step::Stand,
    }
}

impl CutBy {
    /// Returns what an HTTP client knows of it; nothing, where the body ended as HTTP wants it.
    pub(crate) fn to_error(self) -> Option<Error> {
        let words = match self {
            Self::Reset => "the connection was reset",
            Self::Close => "the connection was closed in the middle of the reply",
            Self::End => return None,
        };
        let lost = Error::new(ErrorKind::ConnectionLost).with_message(words);
        Some(lost.with_phase(Phase::BeforeCommit).with_sent(Sent::Yes))
    }
}
