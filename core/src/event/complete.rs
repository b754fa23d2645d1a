//! What an event does not say and must have: its place in the run, an identifier, a time.

use jiff::Timestamp;

use super::Event;
use crate::seed::mix;

impl Event {
    /// Gives the event its number in the run (from 1) and fills in what is missing: the uuid from seed and number, the timestamp from
    /// the previous event of the run.
    ///
    /// The same seed and number give the same uuid, different numbers different ones.
    pub fn complete(&mut self, number: u64, seed: u64, previous: Timestamp) {
        self.number = number;
        if self.uuid.is_none() {
            self.uuid = Some(uuid(seed, number));
        }
        self.timestamp.get_or_insert(previous);
    }
}

/// A UUID of version 8 (RFC 9562, 5.8: "custom"), which says that it is neither random nor a time.
fn uuid(seed: u64, number: u64) -> String {
    let high = mix(seed, number);
    let low = mix(high, number);
    let bytes = u128::from(high) << 64 | u128::from(low);
    uuid::Builder::from_custom_bytes(bytes.to_be_bytes()).into_uuid().to_string()
}
