//! Messages of the domain name system from any bytes.

use reactant_core::dns::Message;

/// Takes an input as a datagram. Nothing panics, what is read is bounded by its bytes, and a name is written as no other is.
pub fn answer(bytes: &[u8]) {
    let Ok(message) = Message::parse(bytes) else { return };
    // A question has five bytes at least; the hints of one record are four each.
    assert!(message.questions.len() * 5 + message.records.len() * 4 <= bytes.len());
    let resolved = message.resolved();
    assert!(resolved.addresses.is_empty() || !resolved.names.is_empty());
    for name in resolved.names {
        // Four characters a byte, and a dot a label.
        assert!(name.len() <= 4 * 255);
        let is_plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '.' | '\\');
        assert!(name.chars().all(is_plain) && !name.ends_with('.'), "{name}");
        assert!(name.above().count() <= 127);
    }
    let whole = Message::parse(&[bytes, &[0xc0, 0xff, 0x40]].concat());
    let more = whole.expect("a longer one is one");
    assert!(more.records.len() >= message.records.len(), "what stands behind hides something");
}
