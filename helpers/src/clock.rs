//! `Now` and `NowMillis`: the run's clock. A replay's is that of its events.

use jiff::Timestamp;

use reactant_core::{
    clock::millis,
    helper::{Call, Failure, HelperSpec, Registry, RegistryError, Reply, Returns},
    value::Value,
};

pub(crate) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    let now =
        HelperSpec::new("Now", "Gives the run's time as RFC 3339 text in UTC, to the millisecond.");
    registry.register(now.returns(Returns::Text).uncounted(), |call: &mut Call<'_>| {
        Ok(Reply::from(text(call.now)))
    })?;
    let number = HelperSpec::new("NowMillis", "Gives the run's time in milliseconds since 1970.");
    registry.register(number.returns(Returns::Number).uncounted(), |call: &mut Call<'_>| {
        Ok(Reply::from(Value::Int(millis(call.now))))
    })?;
    Ok(())
}

/// As `Date.prototype.toISOString` writes it: always three digits (ECMA-262, 21.4.1.32).
fn text(now: Timestamp) -> String {
    Timestamp::from_millisecond(millis(now))
        .map_or_else(|_| now.to_string(), |now| format!("{now:.3}"))
}

/// The longest time that a lease or a value can be given: a year (`helpers.md`).
const LONGEST: i64 = 31_536_000;

/// A parameter of whole seconds, from 1 to a year.
pub(crate) fn seconds(call: &Call<'_>, index: usize) -> Result<i64, Failure> {
    let given = call.integer(index).unwrap_or_default();
    if (1..=LONGEST).contains(&given) {
        return Ok(given);
    }
    Err(Failure(format!("{}: `seconds` must be 1 to {LONGEST}, got {given}", call.helper)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_written_as_javascript_writes_it() {
        let at = |nanos| text(Timestamp::from_nanosecond(nanos).unwrap());
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(1_795_515_300_123_999_999), "2026-11-24T10:15:00.123Z");
        assert_eq!(at(-1), "1969-12-31T23:59:59.999Z");
    }
}
