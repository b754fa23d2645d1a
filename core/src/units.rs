//! Durations and sizes as recipes, the configuration and flags write them: `200ms` `5s` `10m` `1h`, `512KiB` `64MiB`.

use std::time::Duration;

/// Text that is no duration or size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUnit {
    /// No duration.
    #[error(
        "`{0}` is no duration: a whole number and `ms`, `s`, `m` or `h` (`200ms`, `5s`, `10m`, `1h`)"
    )]
    Duration(String),
    /// No size.
    #[error("`{0}` is no size: a whole number and `B`, `KiB`, `MiB` or `GiB` (`512KiB`, `64MiB`)")]
    Size(String),
    /// Zero, or more than fits.
    #[error("`{0}` is out of range")]
    Range(String),
}

const DURATIONS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// The number and what its unit is worth.
fn split(text: &str, units: &[(&str, u64)]) -> Option<Result<u64, ()>> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let (_, worth) = units.iter().find(|(name, _)| *name == unit)?;
    if number.is_empty() {
        return None;
    }
    let value = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*worth));
    Some(value.filter(|value| *value > 0).ok_or(()))
}

/// Parses a duration, from a millisecond to 365 days.
///
/// # Errors
///
/// [`InvalidUnit`] for any other text.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidUnit> {
    const YEAR: u64 = 365 * 24 * 3_600_000;
    match split(text, &DURATIONS) {
        None => Err(InvalidUnit::Duration(text.to_owned())),
        Some(Ok(millis)) if millis <= YEAR => Ok(Duration::from_millis(millis)),
        Some(_) => Err(InvalidUnit::Range(text.to_owned())),
    }
}

/// Parses a size in bytes, at least one and at most a TiB.
///
/// # Errors
///
/// [`InvalidUnit`] for any other text.
pub fn parse_size(text: &str) -> Result<usize, InvalidUnit> {
    match split(text, &SIZES) {
        None => Err(InvalidUnit::Size(text.to_owned())),
        Some(Ok(bytes)) if bytes <= 1 << 40 => {
            usize::try_from(bytes).map_err(|_| InvalidUnit::Range(text.to_owned()))
        }
        Some(_) => Err(InvalidUnit::Range(text.to_owned())),
    }
}

/// A duration as [`parse_duration`] reads it, in the largest unit that it is a whole number of.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = DURATIONS.iter().rev();
    let fit =
        units.clone().find(|(_, worth)| millis.is_multiple_of(u128::from(*worth)) && millis > 0);
    let (unit, worth) = fit.unwrap_or(&DURATIONS[0]);
    format!("{}{unit}", millis / u128::from(*worth))
}

/// A size as [`parse_size`] reads it, in the largest unit that it is a whole number of.
#[must_use]
pub fn show_size(bytes: usize) -> String {
    let fit =
        SIZES.iter().rev().find(|(_, worth)| (bytes as u64).is_multiple_of(*worth) && bytes > 0);
    let (unit, worth) = fit.unwrap_or(&SIZES[0]);
    format!("{}{unit}", bytes as u64 / worth)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_read_as_written() {
        assert_eq!(parse_duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(parse_duration("1h"), Ok(Duration::from_secs(3600)));
        assert_eq!(parse_size("512KiB"), Ok(512 << 10));
        assert_eq!(parse_size("64MiB"), Ok(64 << 20));
        for bad in ["", "5", "s", "5 s", "1.5s", "-1s", "5S", "1h30m", "５s"] {
            assert!(matches!(parse_duration(bad), Err(InvalidUnit::Duration(_))), "{bad}");
        }
        for bad in ["64MB", "64M", "64", "KiB", "0x10B"] {
            assert!(matches!(parse_size(bad), Err(InvalidUnit::Size(_))), "{bad}");
        }
        for bad in ["0s", "99999999999999999999s", "18446744073709551615h"] {
            assert!(matches!(parse_duration(bad), Err(InvalidUnit::Range(_))), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(millis in 1u64..=365 * 24 * 3_600_000, bytes in 1usize..1 << 40) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse_duration(&show_duration(duration)), Ok(duration));
            prop_assert_eq!(parse_size(&show_size(bytes)), Ok(bytes));
        }
    }
}
