//! The values of flags: times, sizes, capabilities, pairs.

use std::{str::FromStr, time::Duration};

use reactant_core::capability::{Capability, Request};

/// Splits `200ms` into its number and its unit.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// A duration as `cli.md` writes them: `200ms` `5s` `10m` `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write 200ms, 5s, 10m or 1h");
    let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
    let millis = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => return Err(wrong()),
    };
    match millis {
        Some(0) => Err("a time limit is at least 1ms".to_owned()),
        Some(millis) => Ok(Duration::from_millis(millis)),
        None => Err(format!("`{text}` is too long")),
    }
}

/// A size as `cli.md` writes them, in bytes: `512KiB` `64MiB`.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    let wrong = || format!("`{text}` is no size: write 4096B, 512KiB, 64MiB or 1GiB");
    let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
    let shift = match unit {
        "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return Err(wrong()),
    };
    let bytes = number.checked_mul(1 << shift).and_then(|bytes| usize::try_from(bytes).ok());
    match bytes {
        Some(0) => Err("a size is at least 1B".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err(format!("`{text}` is too large")),
    }
}

/// A capability without a path.
pub(crate) fn capability(text: &str) -> Result<Capability, String> {
    let request: Request = text.parse().map_err(|error| format!("{error}"))?;
    match request.path {
        None => Ok(request.capability),
        Some(_) => Err(format!("a path cannot be revoked: revoke `{}`", request.capability)),
    }
}

/// A time of at least one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) u64);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Seconds, String> {
        let time = duration(text)?;
        if time.subsec_millis() == 0 {
            Ok(Seconds(time.as_secs()))
        } else {
            Err(format!("`{text}` is not in whole seconds"))
        }
    }
}

/// `KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyValue {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl FromStr for KeyValue {
    type Err = String;

    fn from_str(text: &str) -> Result<KeyValue, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                Ok(KeyValue { key: key.to_owned(), value: value.to_owned() })
            }
            _ => Err(format!("`{text}` is not KEY=VALUE")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_and_sizes_need_a_unit() {
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(duration("1h"), Ok(Duration::from_secs(3600)));
        assert_eq!(size("512KiB"), Ok(512 << 10));
        for wrong in ["", "5", "s", "-1s", "5 s", "5S", "1.5s", "0ms"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "64", "MiB", "64MB", "64mib", "0B", "18446744073709551615GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn nothing_said_on_the_command_line_panics(text in "\\PC{0,24}|[0-9]{1,22}(ms|s|m|h|B|KiB|MiB|GiB)") {
            let _ = (duration(&text), size(&text), capability(&text), text.parse::<KeyValue>(), text.parse::<Seconds>());
        }
    }
}
