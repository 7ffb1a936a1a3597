//! Hours of the week.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::Offset;

const DAY: u16 = 24 * 60;
const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Hours of days of the week in UTC, written `mon-fri 01:00-04:00`, or `16:30-00:30` for every day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The first and the last day, from Monday = 0.
    days: (u8, u8),
    /// Minutes of the day; the second is not included, and less than the first where midnight lies between.
    minutes: (u16, u16),
}

impl Hours {
    /// Tells whether the moment lies within them.
    pub fn cover(&self, at: Timestamp) -> bool {
        let local = Offset::UTC.to_datetime(at);
        let day = day_number(local.weekday());
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let (first, last) = self.days;
        let (from, to) = self.minutes;
        let within = if from < to {
            (from..to).contains(&minute)
        } else {
            minute >= from || minute < to
        };
        within && (first..=last).contains(&day)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (days, hours) = match text.split_once(' ') {
            Some((days, hours)) => (Some(parse_days(days)?), hours),
            None => (None, text),
        };
        let (from, to) = hours.split_once('-')?;
        let minutes = (parse_minute(from)?, parse_minute(to)?);
        let over_midnight = minutes.0 >= minutes.1;
        // Whether the hours after midnight would belong to the next day cannot be told from the text.
        if minutes.0 == minutes.1 || (over_midnight && days.is_some()) {
            return None;
        }
        Some(Self {
            days: days.unwrap_or((0, 6)),
            minutes,
        })
    }
}

fn day_number(day: Weekday) -> u8 {
    day.to_monday_zero_offset().unsigned_abs()
}

fn parse_days(text: &str) -> Option<(u8, u8)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |name| {
        let at = NAMES.iter().position(|day| *day == name)?;
        u8::try_from(at).ok()
    };
    let days = (number(first)?, number(last)?);
    (days.0 <= days.1).then_some(days)
}

fn parse_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let whole = hour * 60 + minute;
    (minute < 60 && whole <= DAY).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_cover_their_first_minute_and_not_their_last() {
        let check = |hours, at: &str, expect| {
            let covered = Hours::parse(hours).unwrap().cover(at.parse().unwrap());
            assert_eq!(covered, expect, "{hours} {at}");
        };
        // 2026-11-25 is a Wednesday, 2026-11-28 a Saturday.
        check("mon-fri 01:00-04:00", "2026-11-25T01:00:00Z", true);
        check("mon-fri 01:00-04:00", "2026-11-25T03:59:59.9Z", true);
        check("mon-fri 01:00-04:00", "2026-11-25T04:00:00Z", false);
        check("mon-fri 01:00-04:00", "2026-11-28T02:00:00Z", false);
        check("sat-sun 00:00-24:00", "2026-11-28T23:59:00Z", true);
        check("16:30-00:30", "2026-11-25T00:29:00Z", true);
        check("16:30-00:30", "2026-11-25T00:30:00Z", false);
        check("16:30-00:30", "2026-11-25T16:30:00Z", true);
    }

    #[test]
    fn what_is_no_hours_is_refused() {
        for text in [
            "",
            "01:00",
            "01:00-01:00",
            "25:00-26:00",
            "00:60-01:00",
            "mon-fri",
            "fri-mon 01:00-02:00",
            "mon-fri 23:00-01:00",
            "1:00-2:00",
        ] {
            assert_eq!(Hours::parse(text), None, "{text}");
        }
    }
}
