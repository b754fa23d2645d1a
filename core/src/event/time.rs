//! Timestamps as recordings write them.

use std::borrow::Cow;

use jiff::{Timestamp, civil, tz::Offset};

/// What a timestamp's text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// That there is none: the process still runs, or nobody knows.
    None,
    /// This instant; the nearest that can be told for the last day of the year 9999.
    At(Timestamp),
}

/// The instant of a text in RFC 3339, which has a zone; the nearest that can be told for the last day of the year 9999.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    parse(text).filter(|_| zone_at(text.as_bytes()) < text.len())
}

/// Reads RFC 3339, the same without a zone (UTC) and the ways to say that there is none; `None` for any other text.
pub(super) fn read(text: &str) -> Option<Time> {
    if text.is_empty() || text.eq_ignore_ascii_case("running") {
        return Some(Time::None);
    }
    let instant = parse(text)?;
    // The zero time of the Go programs that write such events.
    if civil::date(1, 1, 1).at(0, 0, 0, 0) == Offset::UTC.to_datetime(instant) {
        return Some(Time::None);
    }
    Some(Time::At(instant))
}

/// The text in RFC 3339's usual form. One that is RFC 3339 already keeps its digits and its offset.
pub(super) fn spelled<'a>(text: Cow<'a, str>) -> Cow<'a, str> {
    let bytes = text.as_bytes();
    let zoned = zone_at(bytes) < bytes.len();
    if zoned && bytes.get(10) == Some(&b'T') && bytes.last() != Some(&b'z') {
        return text;
    }
    let mut out = text.into_owned().to_ascii_uppercase();
    out.replace_range(10..11, "T");
    if !zoned {
        out.push('Z');
    }
    Cow::Owned(out)
}

/// Where the zone begins: behind `YYYY-MM-DDTHH:MM:SS` and the fraction.
fn zone_at(bytes: &[u8]) -> usize {
    let mut at = 19;
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
    }
    at
}

fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| {
        bytes.get(from..to)?.iter().try_fold(0i16, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0'))
        })
    };
    let byte = |at: usize| bytes.get(at).copied();
    let small = |from, to| number(from, to).and_then(|number| i8::try_from(number).ok());
    let marks = byte(4) == Some(b'-')
        && byte(7) == Some(b'-')
        && matches!(byte(10), Some(b'T' | b't' | b' '))
        && byte(13) == Some(b':')
        && byte(16) == Some(b':');
    if !marks {
        return None;
    }
    let date = civil::Date::new(number(0, 4)?, small(5, 7)?, small(8, 10)?).ok()?;
    // A leap second (RFC 3339, 5.6) has no instant of its own.
    let second = small(17, 19).filter(|second| *second <= 60)?.min(59);
    let zone = zone_at(bytes);
    let digits = bytes.get(20..zone).unwrap_or_default();
    if zone > 19 && digits.is_empty() {
        return None;
    }
    // Digits beyond the nanosecond are cut.
    let nanosecond = (0..9).fold(0, |number, at| {
        number * 10 + digits.get(at).map_or(0, |digit| i32::from(digit - b'0'))
    });
    let time = civil::Time::new(small(11, 13)?, small(14, 16)?, second, nanosecond).ok()?;
    let offset = match bytes.get(zone..)? {
        [] | [b'Z' | b'z'] => Offset::UTC,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (number(zone + 1, zone + 3)?, number(zone + 4, zone + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
            Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()?
        }
        _ => return None,
    };
    // RFC 3339 has no year before 0, so what has no instant of its own is too late for one.
    Some(offset.to_timestamp(date.to_datetime(time)).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match read(text) {
            Some(Time::At(instant)) => instant.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_accepted_form_is_read_to_the_nanosecond() {
        for (text, want, spelling) in [
            ("2026-11-24T10:15:00.123456789Z", "2026-11-24T10:15:00.123456789Z", None),
            ("2026-11-24T10:15:00.120Z", "2026-11-24T10:15:00.12Z", None),
            ("2026-11-24T10:15:00+02:00", "2026-11-24T08:15:00Z", None),
            ("2026-11-24T10:15:00.5-00:30", "2026-11-24T10:45:00.5Z", None),
            ("2026-11-24T10:15:00.1234567891Z", "2026-11-24T10:15:00.123456789Z", None),
            ("2026-11-24T23:59:60Z", "2026-11-24T23:59:59Z", None),
            ("9999-12-30T21:59:59.5Z", "9999-12-30T21:59:59.5Z", None),
            ("9999-12-31T23:59:59Z", "9999-12-30T22:00:00.999999999Z", None),
            ("9999-12-31T23:59:59-23:59", "9999-12-30T22:00:00.999999999Z", None),
            ("0000-01-01T00:00:00+23:59", "-000001-12-31T00:01:00Z", None),
            ("2026-11-24t10:15:00z", "2026-11-24T10:15:00Z", Some("2026-11-24T10:15:00Z")),
            ("2026-11-24 10:15:00", "2026-11-24T10:15:00Z", Some("2026-11-24T10:15:00Z")),
            ("2026-11-24T10:15:00.25", "2026-11-24T10:15:00.25Z", Some("2026-11-24T10:15:00.25Z")),
            (
                "2026-11-24 10:15:00+01:00",
                "2026-11-24T09:15:00Z",
                Some("2026-11-24T10:15:00+01:00"),
            ),
        ] {
            assert_eq!(shown(text), want, "{text}");
            assert_eq!(spelled(Cow::Borrowed(text)), spelling.unwrap_or(text));
        }
    }

    #[test]
    fn the_ways_to_say_none_are_none() {
        for text in ["", "running", "Running", "RUNNING", "0001-01-01T00:00:00Z"] {
            assert_eq!(read(text), Some(Time::None), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "yesterday",
            "2026-11-24",
            "2026-11-24T10:15",
            "2026-13-24T10:15:00Z",
            "2026-02-30T10:15:00Z",
            "2026-11-24T24:15:00Z",
            "2026-11-24T10:15:61Z",
            "2026-11-24T10:15:00.Z",
            "2026-11-24T10:15:00Z ",
            "2026-11-24T10:15:00+0200",
            "2026-11-24T10:15:00+24:00",
            "+026-11-24T10:15:00Z",
            "2026-11-24T10:15:00.5é",
            "äääääääääääää",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_has_a_zone() {
        for text in ["2026-11-24T10:15:00", "2026-11-24T10:15:00.5", "running", ""] {
            assert_eq!(instant(text), None, "{text}");
        }
        for text in ["2026-11-24T10:15:00Z", "2026-11-24 10:15:00.12345678901+01:00"] {
            assert!(instant(text).is_some(), "{text}");
        }
    }
}
