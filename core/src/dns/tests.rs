use proptest::prelude::*;

use super::*;

/// A name on the wire.
fn wire(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut bytes: Vec<u8> =
        labels.flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

fn head(flags: u16, questions: u16, answers: u16) -> Vec<u8> {
    [0x1234, flags, questions, answers, 0, 0]
        .iter()
        .flat_map(|word: &u16| word.to_be_bytes())
        .collect()
}

fn record(name: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u16;
    let kind = [&kind.to_be_bytes()[..], &IN.to_be_bytes()].concat();
    [name, &kind, &ttl.to_be_bytes(), &length.to_be_bytes(), data].concat()
}

/// An answer to a question for addresses.
fn answer(name: &str, records: &[Vec<u8>]) -> Vec<u8> {
    let question = [wire(name), vec![0, 1, 0, 1]].concat();
    [head(0x8180, 1, records.len() as u16), question, records.concat()].concat()
}

fn parse(bytes: &[u8]) -> Message {
    Message::parse(bytes).unwrap()
}

fn seen(message: &Message) -> (Vec<&str>, Vec<(String, u32)>) {
    let resolved = message.resolved();
    let names = resolved.names.iter().map(|name| name.as_str()).collect();
    (names, resolved.addresses.iter().map(|(at, ttl)| (at.to_string(), *ttl)).collect())
}

/// A pointer to the question's name.
const QUESTION: [u8; 2] = [0xc0, 12];

#[test]
fn a_chain_of_names_is_followed_in_any_order() {
    let [a, b, c] = ["www.example", "cdn.example", "edge.example"];
    let mut records = [
        record(&QUESTION, CNAME, 300, &wire(b)),
        record(&wire(b), CNAME, 20, &wire(c)),
        record(&wire(c), A, 60, &[203, 0, 113, 7]),
        record(&wire(c), AAAA, 10, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]),
        record(&wire("other.example"), A, 60, &[203, 0, 113, 8]),
    ];
    for _ in 0..records.len() {
        let message = parse(&answer(a, &records));
        assert!(message.is_whole && message.is_response);
        let (names, mut addresses) = seen(&message);
        addresses.sort();
        // An address holds no longer than the names that lead to it.
        assert_eq!(addresses, [("2001:db8::7".to_owned(), 10), ("203.0.113.7".to_owned(), 20)]);
        assert_eq!(names, [a, b, c]);
        records.rotate_left(1);
    }
}

#[test]
fn an_address_is_of_the_names_that_lead_to_it_and_of_no_other() {
    let (asked, alias) = ("mine.example", "yours.example");
    let records = [
        record(&QUESTION, CNAME, 60, &wire(alias)),
        record(&QUESTION, A, 60, &[192, 0, 2, 1]),
        record(&wire(alias), A, 60, &[192, 0, 2, 2]),
    ];
    let message = parse(&answer(asked, &records));
    let resolved = message.resolved();
    let leads: Vec<(String, Vec<&str>)> = resolved
        .leads()
        .map(|(at, _, names)| (at.to_string(), names.iter().map(|name| name.as_str()).collect()))
        .collect();
    let expected = [("192.0.2.1", vec![asked]), ("192.0.2.2", vec![alias, asked])];
    assert_eq!(leads, expected.map(|(at, names)| (at.to_owned(), names)));
}

#[test]
fn names_compare_without_regard_to_case_and_by_whole_labels() {
    let message = parse(&answer(
        "wWw.EvIl.eXample",
        &[record(&wire("www.evil.EXAMPLE"), A, 5, &[192, 0, 2, 1])],
    ));
    let (names, addresses) = seen(&message);
    assert_eq!(names, ["www.evil.example"]);
    assert_eq!(addresses, [("192.0.2.1".to_owned(), 5)]);
    let above: Vec<&str> = message.questions[0].name.above().collect();
    assert_eq!(above, ["www.evil.example", "evil.example", "example"]);
}

#[test]
fn a_dot_within_a_label_separates_nothing() {
    let mut bytes = head(0x8180, 1, 0);
    bytes.extend(b"\x06a.evil\x07example\0\0\x01\0\x01");
    let message = parse(&bytes);
    let name = &message.questions[0].name;
    assert_eq!(name.as_str(), "a\\046evil.example");
    assert_eq!(name.above().nth(1), Some("example"));
}

#[test]
fn a_loop_of_pointers_or_of_names_ends() {
    for target in [12_u8, 0, 14, 200] {
        let bytes = [head(0x8180, 1, 1), vec![0xc0, target, 0, 1, 0, 1]].concat();
        let message = parse(&bytes);
        assert!(!message.is_whole);
    }
    let (a, b) = ("a.example", "b.example");
    let records = [
        record(&wire(a), CNAME, 5, &wire(b)),
        record(&wire(b), CNAME, 5, &wire(a)),
        record(&wire(b), A, 9, &[192, 0, 2, 1]),
    ];
    let message = parse(&answer(a, &records));
    assert_eq!(seen(&message), (vec![a, b], vec![("192.0.2.1".to_owned(), 5)]));
}

#[test]
fn a_pointer_may_lead_anywhere_as_the_library_lets_it() {
    // Forward, into the data of the record that follows.
    let mut bytes = head(0x8180, 1, 1);
    bytes.extend([0xc0, 30, 0, 1, 0, 1]);
    bytes.extend([0xc0, 30, 0, 5, 0, 1, 0, 0, 0, 9, 0, 12]);
    assert_eq!(bytes.len(), 30);
    bytes.extend(wire("x.example")); // 11 bytes, and one more than that is counted
    bytes.push(0);
    let message = parse(&bytes);
    assert_eq!(message.questions[0].name.as_str(), "x.example");
    assert!(message.is_whole);
}

#[test]
fn what_is_damaged_hides_nothing_before_it() {
    let good = record(&QUESTION, A, 5, &[192, 0, 2, 1]);
    let short = record(&QUESTION, A, 5, &[192, 0, 2]);
    let after = record(&QUESTION, A, 5, &[192, 0, 2, 2]);
    let message = parse(&answer("a.example", &[good.clone(), short, after]));
    // Its size is told: the next is read.
    assert_eq!(seen(&message).1.len(), 2);
    let whole = answer("a.example", &[good.clone(), good]);
    for cut in 12..whole.len() {
        let message = parse(&whole[..cut]);
        assert!(!message.is_whole, "{cut}");
        let records = cut.saturating_sub(27) / 16;
        assert_eq!(message.records.len(), records, "{cut}");
    }
    assert_eq!(Message::parse(&whole[..11]), Err(NoMessage(11)));
}

#[test]
fn what_stands_behind_the_answers_hides_nothing() {
    let mut bytes = answer("a.example", &[record(&QUESTION, A, 5, &[192, 0, 2, 1])]);
    // An authority and an additional record, both of which are nonsense.
    bytes[8..12].copy_from_slice(&[0, 1, 0, 1]);
    bytes.extend([0xc0, 0xff, 0xff, 0xff, 0x40]);
    let message = parse(&bytes);
    assert!(message.is_whole);
    assert_eq!(seen(&message).1.len(), 1);
}

#[test]
fn hints_of_services_are_addresses_too() {
    let mut data = vec![0, 1];
    data.extend(wire("svc.example"));
    data.extend([0, 1, 0, 3, 2, b'h', b'2']);
    data.extend([0, 4, 0, 8, 192, 0, 2, 1, 192, 0, 2, 2]);
    data.extend([0, 6, 0, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
    let message = parse(&answer("a.example", &[record(&QUESTION, HTTPS, 5, &data)]));
    let (names, addresses) = seen(&message);
    assert_eq!(names, ["a.example", "svc.example"]);
    let addresses: Vec<&str> = addresses.iter().map(|(at, _)| at.as_str()).collect();
    assert_eq!(addresses, ["192.0.2.1", "192.0.2.2", "2001:db8::9"]);
}

#[test]
fn a_mapped_address_is_its_ipv4_address() {
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1];
    let message = parse(&answer("a.example", &[record(&QUESTION, AAAA, u32::MAX, &mapped)]));
    assert_eq!(seen(&message).1, [("192.0.2.1".to_owned(), 0)]);
}

#[test]
fn the_largest_message_takes_no_long_time() {
    // As many records as fit, each with a name that follows as many pointers as may be.
    let mut bytes = head(0x8180, 0, u16::MAX);
    let chain = bytes.len();
    (0..120_u16).for_each(|n| bytes.extend((0xc000 | (chain as u16 + 2 * n + 2)).to_be_bytes()));
    bytes.extend(wire("end.example"));
    while bytes.len() + 16 < usize::from(u16::MAX) {
        bytes.extend(record(&[0xc0, chain as u8], A, 5, &[192, 0, 2, 1]));
    }
    let start = std::time::Instant::now();
    let message = parse(&bytes);
    assert!(!message.is_whole);
    assert!(start.elapsed() < std::time::Duration::from_secs(1));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(message) = Message::parse(&bytes) {
            let resolved = message.resolved();
            prop_assert!(resolved.names.len() <= CHAIN && message.records.len() <= bytes.len());
        }
    }

    #[test]
    fn what_is_written_is_read(labels in prop::collection::vec("[a-z0-9_-]{1,20}", 1..8), ttl in 0..i32::MAX as u32, address in any::<[u8; 4]>()) {
        let name = labels.join(".");
        let message = parse(&answer(&name, &[record(&wire(&name), A, ttl, &address)]));
        prop_assert!(message.is_whole);
        prop_assert_eq!(seen(&message), (vec![name.as_str()], vec![(std::net::Ipv4Addr::from(address).to_string(), ttl)]));
    }
}
