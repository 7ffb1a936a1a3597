//! The sections `[policy]` and `[route.NAME.policy]`.

use std::time::Duration;

use outlast_tower::{BreakerConfig, ResumeMode};
use outlast_types::OnUnsupported;

use super::section::Section;
use super::source::Report;
use crate::{FirstToken, Hedging, Policy, Timeouts};

/// Whose policy it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyScope {
    /// That of all routes, and of the targets, which the routes share.
    All,
    /// That of one route: what belongs to a target cannot be set here.
    Route,
}

/// Reads a policy; what is not there is as in `defaults`.
pub(super) fn read_policy(
    mut section: Section<'_>,
    defaults: &Policy,
    scope: PolicyScope,
    report: &mut Report<'_>,
) -> Policy {
    let mut policy = defaults.clone();
    set(
        &mut policy.attempts,
        section.number("attempts", (1, 10), report),
    );
    set(&mut policy.calls, section.number("calls", (1, 100), report));
    if let Some(patience) = section.duration("patience", report) {
        policy.patience = patience;
    }
    if let Some(hedge) = read_hedge(&mut section, report) {
        policy.hedge = hedge;
    }
    if let Some(resume) = read_resume(&mut section, report) {
        policy.resume = resume;
    }
    if let Some(way) = read_on_unsupported(&mut section, report) {
        policy.on_unsupported = way;
    }
    if let Some(timeout) = section.section("timeout", report) {
        policy.timeout = read_timeouts(timeout, &defaults.timeout, scope, report);
    }
    refuse_in_route(&section, "in_flight", scope, report);
    set(
        &mut policy.in_flight,
        section.number("in_flight", (1, 1_000_000), report),
    );
    read_queue(&mut section, &mut policy, scope, report);
    refuse_in_route(&section, "breaker", scope, report);
    if let Some(breaker) = section.section("breaker", report) {
        policy.breaker = read_breaker(breaker, &defaults.breaker, report);
    }
    section.finish(report);
    policy
}

/// Reads who waits where a target has as many calls as it may.
fn read_queue(
    section: &mut Section<'_>,
    policy: &mut Policy,
    scope: PolicyScope,
    report: &mut Report<'_>,
) {
    for name in ["queue", "max_wait"] {
        refuse_in_route(section, name, scope, report);
    }
    set(
        &mut policy.queue,
        section.number("queue", (0, 1_000_000), report),
    );
    if let Some(wait) = section.duration("max_wait", report) {
        policy.max_wait = wait;
    }
}

fn read_timeouts(
    mut section: Section<'_>,
    defaults: &Timeouts,
    scope: PolicyScope,
    report: &mut Report<'_>,
) -> Timeouts {
    refuse_in_route(&section, "connect", scope, report);
    let first_token = read_first_token(&mut section, report).unwrap_or(defaults.first_token);
    let mut read = |name, default: Duration| section.duration(name, report).unwrap_or(default);
    let timeouts = Timeouts {
        connect: read("connect", defaults.connect),
        first_token,
        idle: read("idle", defaults.idle),
        progress: read("progress", defaults.progress),
        reply: read("reply", defaults.reply),
        total: read("total", defaults.total),
    };
    section.finish(report);
    timeouts
}

fn read_breaker(
    mut section: Section<'_>,
    defaults: &BreakerConfig,
    report: &mut Report<'_>,
) -> BreakerConfig {
    let mut breaker = defaults.clone();
    let ramps = [("normal", false), ("slow", true)];
    if section.word("ramp", ramps, report) == Some(true) {
        breaker = breaker.with_slow_ramp();
    }
    for (field, name) in [
        (&mut breaker.consecutive, "consecutive"),
        (&mut breaker.consecutive_busy, "consecutive_busy"),
        (&mut breaker.probes, "probes"),
    ] {
        set(field, section.number(name, (1, 1000), report));
    }
    for (field, name) in [
        (&mut breaker.window, "window"),
        (&mut breaker.stall_after, "stall_after"),
        (&mut breaker.open_time, "open_time"),
        (&mut breaker.open_cap, "open_cap"),
        (&mut breaker.ramp_step, "ramp_step"),
    ] {
        *field = section.duration(name, report).unwrap_or(*field);
    }
    section.finish(report);
    breaker
}

fn read_first_token(section: &mut Section<'_>, report: &mut Report<'_>) -> Option<FirstToken> {
    let value = section.value("first_token")?;
    if value.get_ref().as_str() == Some("auto") {
        return Some(FirstToken::Auto);
    }
    let limit = section.duration("first_token", report)?;
    Some(FirstToken::Within(limit))
}

fn read_hedge(section: &mut Section<'_>, report: &mut Report<'_>) -> Option<Hedging> {
    let ways = [("auto", Hedging::Auto), ("off", Hedging::Off)];
    section.word("hedge", ways, report)
}

fn read_resume(section: &mut Section<'_>, report: &mut Report<'_>) -> Option<ResumeMode> {
    let ways = [("text", ResumeMode::Text), ("off", ResumeMode::Off)];
    section.word("resume", ways, report)
}

fn read_on_unsupported(
    section: &mut Section<'_>,
    report: &mut Report<'_>,
) -> Option<OnUnsupported> {
    let ways = OnUnsupported::ALL.map(|way| (way.as_str(), way));
    section.word("on_unsupported", ways, report)
}

/// Refuses in a route what all routes share.
fn refuse_in_route(
    section: &Section<'_>,
    name: &'static str,
    scope: PolicyScope,
    report: &mut Report<'_>,
) {
    if scope == PolicyScope::Route && section.has(name) {
        report.add(
            section.span_of(name),
            format!("`{name}` is shared by all routes: set it in [policy]"),
        );
    }
}

fn set<T: TryFrom<u64>>(field: &mut T, number: Option<u64>) {
    if let Some(number) = number.and_then(|number| T::try_from(number).ok()) {
        *field = number;
    }
}
