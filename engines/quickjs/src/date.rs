//! `Date` in UTC: the texts that the engine itself would make with the C library's time zone.

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What [`part`] gives.
#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    Number(f64),
    Text(String),
}

/// The parts by number; the shim's methods are registered with these.
pub(crate) const STRING: i32 = 0;
pub(crate) const DATE_STRING: i32 = 1;
pub(crate) const TIME_STRING: i32 = 2;
pub(crate) const LOCALE_STRING: i32 = 3;
pub(crate) const LOCALE_DATE_STRING: i32 = 4;
pub(crate) const LOCALE_TIME_STRING: i32 = 5;
pub(crate) const ZONE_OFFSET: i32 = 6;
pub(crate) const YEAR: i32 = 7;

/// A part of a time in milliseconds since 1970, UTC.
pub(crate) fn part(millis: f64, part: i32) -> Part {
    if part == ZONE_OFFSET {
        return Part::Number(if millis.is_nan() { f64::NAN } else { 0.0 });
    }
    if millis.is_nan() {
        return match part {
            YEAR => Part::Number(f64::NAN),
            _ => Part::Text("Invalid Date".into()),
        };
    }
    let time = Fields::of(millis as i64);
    Part::Text(match part {
        YEAR => return Part::Number((time.year - 1900) as f64),
        DATE_STRING => time.date(),
        TIME_STRING => time.time(),
        LOCALE_STRING => format!("{}, {}", time.locale_date(), time.locale_time()),
        LOCALE_DATE_STRING => time.locale_date(),
        LOCALE_TIME_STRING => time.locale_time(),
        _ => format!("{} {}", time.date(), time.time()),
    })
}

struct Fields {
    year: i64,
    /// From 0.
    month: usize,
    day: i64,
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Fields {
    fn of(millis: i64) -> Fields {
        let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        // Civil date from days (Howard Hinnant, "chrono-compatible low-level date algorithms"), over years that begin in March.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let january = month >= 10;
        Fields {
            year: year_of_era + era * 400 + i64::from(january),
            month: if january { month - 10 } else { month + 2 } as usize,
            day: of_year - (153 * month + 2) / 5 + 1,
            weekday: (days + 4).rem_euclid(7) as usize,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
        }
    }

    fn year(&self) -> String {
        match self.year {
            year @ 0.. => format!("{year:04}"),
            year => format!("-{:04}", -year),
        }
    }

    /// `Wed Jan 03 2018`
    fn date(&self) -> String {
        let (day, month) = (DAYS[self.weekday], MONTHS[self.month]);
        format!("{day} {month} {:02} {}", self.day, self.year())
    }

    /// `00:05:22 GMT+0000 (UTC)`
    fn time(&self) -> String {
        let Fields { hour, minute, second, .. } = self;
        format!("{hour:02}:{minute:02}:{second:02} GMT+0000 (UTC)")
    }

    /// `01/03/2018`, as the engine writes it.
    fn locale_date(&self) -> String {
        format!("{:02}/{:02}/{}", self.month + 1, self.day, self.year())
    }

    /// `12:05:22 AM`
    fn locale_time(&self) -> String {
        let half = if self.hour < 12 { "AM" } else { "PM" };
        let hour = (self.hour + 11) % 12 + 1;
        format!("{hour:02}:{:02}:{:02} {half}", self.minute, self.second)
    }
}

/// A date's text with the time zone spelled out where the engine would take the local one: there is no local one here.
///
/// ISO texts with a time but no zone, and all others in which no zone follows the time.
pub(crate) fn with_zone(text: &str) -> String {
    // The engine reads at most 127 characters, up to a NUL, and none outside ASCII but the minus sign (`js_Date_parse` in quickjs.c).
    let plain = |c| match c {
        '\u{2212}' => '-',
        c if c.is_ascii() => c,
        _ => 'x',
    };
    let mut zoned: String = text.chars().take_while(|c| *c != '\0').take(120).map(plain).collect();
    match iso(&zoned) {
        Some(true) => zoned.push('Z'),
        Some(false) => {}
        None if !names_zone(&zoned) => zoned.push_str(" UTC"),
        None => {}
    }
    zoned
}

/// Whether an ISO text has a time without a zone; `None` for any other text.
fn iso(text: &str) -> Option<bool> {
    let digits = |text: &str, count: usize| {
        text.len() >= count && text.as_bytes()[..count].iter().all(u8::is_ascii_digit)
    };
    let rest = match text.strip_prefix(['+', '-']) {
        Some(rest) if digits(rest, 6) => &rest[6..],
        None if digits(text, 4) => &text[4..],
        _ => return None,
    };
    let mut rest = rest;
    for _ in 0..2 {
        match rest.strip_prefix('-') {
            Some(part) if digits(part, 2) => rest = &part[2..],
            Some(_) => return None,
            None => break,
        }
    }
    let Some(time) = rest.strip_prefix('T') else {
        return rest.is_empty().then_some(false);
    };
    Some(!time.contains(['Z', '+', '-']))
}

/// Whether a text in another form names its zone: an offset behind the time, or an abbreviation that the engine knows.
fn names_zone(text: &str) -> bool {
    const ABBREVIATIONS: [&str; 18] = [
        "GMT", "UTC", "UT", "Z", "EDT", "EST", "CDT", "CST", "MDT", "MST", "PDT", "PST", "WET",
        "WEST", "CET", "CEST", "EET", "EEST",
    ];
    // What stands in brackets is a comment.
    let mut depth = 0;
    let text: String = text
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            depth <= 0 && *c != ')'
        })
        .collect();
    let after_time = text.find(':').map_or("", |colon| &text[colon..]);
    let offset = after_time.as_bytes().windows(3).any(|near| {
        let sign = near[1] == b'+' || (near[1] == b'-' && !near[0].is_ascii_digit());
        sign && near[2].is_ascii_digit()
    });
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
    offset || words.any(|word| ABBREVIATIONS.iter().any(|zone| word.eq_ignore_ascii_case(zone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(millis: f64, which: i32) -> String {
        match part(millis, which) {
            Part::Text(text) => text,
            Part::Number(number) => number.to_string(),
        }
    }

    #[test]
    fn texts_are_as_ecmascript_writes_them_in_utc() {
        assert_eq!(text(0.0, STRING), "Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)");
        assert_eq!(text(1_514_937_922_927.0, STRING), "Wed Jan 03 2018 00:05:22 GMT+0000 (UTC)");
        assert_eq!(text(951_782_400_000.0, DATE_STRING), "Tue Feb 29 2000");
        assert_eq!(text(-1.0, TIME_STRING), "23:59:59 GMT+0000 (UTC)");
        assert_eq!(text(-62_198_755_200_000.0, DATE_STRING), "Fri Jan 01 -0001");
        assert_eq!(text(1_514_937_922_927.0, LOCALE_STRING), "01/03/2018, 12:05:22 AM");
        assert_eq!(text(f64::NAN, STRING), "Invalid Date");
        assert_eq!(text(1_514_937_922_927.0, YEAR), "118");
    }

    #[test]
    fn a_time_without_a_zone_gets_utc() {
        for (given, zoned) in [
            ("2018-01-03T00:05:22", "2018-01-03T00:05:22Z"),
            ("2018-01-03T00:05:22.5", "2018-01-03T00:05:22.5Z"),
            ("2018-01-03T00:05:22+02:00", "2018-01-03T00:05:22+02:00"),
            ("2018-01-03", "2018-01-03"),
            ("Wed Jan 03 2018", "Wed Jan 03 2018 UTC"),
            ("Jan 3, 2018 10:00 PM", "Jan 3, 2018 10:00 PM UTC"),
            ("Jan 3, 2018 10:00 +0200", "Jan 3, 2018 10:00 +0200"),
            ("Tue, 02 Jan 2018 23:04:46 GMT", "Tue, 02 Jan 2018 23:04:46 GMT"),
            ("2018-01-03 10:00", "2018-01-03 10:00 UTC"),
            ("10:00 1-2-2018", "10:00 1-2-2018 UTC"),
            ("Jan 3 2018 10:00 (EST)", "Jan 3 2018 10:00 (EST) UTC"),
            ("Jan 3 2018 10:00 GMT-0500", "Jan 3 2018 10:00 GMT-0500"),
            ("2018-01-03T00:05:22\0x", "2018-01-03T00:05:22Z"),
        ] {
            assert_eq!(with_zone(given), zoned);
        }
    }
}
