//! What resolvers have answered lately, so that a name which is blocked afterwards has its addresses blocked at once.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::Arc,
};

use reactant_core::dns::{Name, Resolved};

use super::{super::backend::Boot, wire::bounded};
use crate::effects::within;

/// Names that were asked for of which is known what they lead to. The one asked for longest ago gives way.
const MOST: usize = 4096;

/// Addresses that are known of one of them.
const ADDRESSES: usize = 256;

/// Bytes that all of it takes at most, about.
const ROOM: usize = 16 << 20;

/// That a name leads to an address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lead {
    /// How long that is known.
    pub(super) until: Boot,
    /// The name itself does, and not only one below it.
    pub(super) is_direct: bool,
}

/// The answers.
#[derive(Debug, Default)]
pub(super) struct Known {
    answers: HashMap<String, Answer>,
    /// The names that were asked for, the longest known first; some were forgotten or are known again.
    order: VecDeque<(u64, String)>,
    count: u64,
    taken: usize,
}

#[derive(Debug, Default)]
struct Answer {
    number: u64,
    /// Each with how long it holds, and the names that lead to it, which many share.
    addresses: HashMap<IpAddr, (Boot, Arc<[String]>)>,
    /// Bytes.
    taken: usize,
}

impl Known {
    /// Keeps an answer beside what else is known of its name: addresses of both families come in answers of their own.
    pub(super) fn note(&mut self, resolved: &Resolved<'_>, now: Boot) {
        let Some(asked) = resolved.names.first().filter(|_| !resolved.addresses.is_empty()) else {
            return;
        };
        self.count += 1;
        let answer = self.answers.entry(asked.to_string()).or_default();
        answer.number = self.count;
        answer.addresses.retain(|_, (until, _)| *until > now);
        let mut shared: HashMap<Vec<&Name>, Arc<[String]>> = HashMap::new();
        for (address, ttl, names) in resolved.leads() {
            if answer.addresses.len() < ADDRESSES || answer.addresses.contains_key(&address) {
                let texts = || names.iter().map(|name| name.to_string()).collect();
                let names = Arc::clone(shared.entry(names.clone()).or_insert_with(texts));
                answer.addresses.insert(address, (now.after(bounded(ttl)), names));
            }
        }
        self.taken -= std::mem::replace(&mut answer.taken, taken(&answer.addresses));
        self.taken += answer.taken;
        self.order.push_back((self.count, asked.to_string()));
        // Each name is noted anew with each answer: what is outdated goes first.
        while self.answers.len() > MOST || self.order.len() > 2 * MOST || self.taken > ROOM {
            let Some((number, name)) = self.order.pop_front() else { break };
            if self.answers.get(&name).is_some_and(|answer| answer.number == number)
                && let Some(gone) = self.answers.remove(&name)
            {
                self.taken -= gone.taken;
            }
        }
    }

    /// The addresses to which a name or one below it leads.
    pub(super) fn of(&self, domain: &str, now: Boot) -> HashMap<IpAddr, Lead> {
        let mut found: HashMap<IpAddr, Lead> = HashMap::new();
        let all = self.answers.values().flat_map(|answer| &answer.addresses);
        for (address, (until, names)) in all.filter(|(_, (until, _))| *until > now) {
            if names.iter().any(|name| within(name, domain)) {
                let is_direct = names.iter().any(|name| name == domain);
                let lead = found.entry(*address).or_insert(Lead { until: *until, is_direct });
                lead.until = lead.until.max(*until);
                lead.is_direct |= is_direct;
            }
        }
        found
    }
}

/// What some addresses take, in bytes, about.
fn taken(addresses: &HashMap<IpAddr, (Boot, Arc<[String]>)>) -> usize {
    const EACH: usize = 128;
    let mut shared: HashMap<*const String, usize> = HashMap::new();
    for (_, names) in addresses.values() {
        let bytes = || names.iter().map(|name| name.len() + EACH).sum();
        shared.entry(names.as_ptr()).or_insert_with(bytes);
    }
    addresses.len() * EACH + shared.values().sum::<usize>()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reactant_core::dns::Message;

    use super::*;

    fn wire(name: &str) -> Vec<u8> {
        let labels = name.split('.');
        let mut bytes: Vec<u8> =
            labels.flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
        bytes.push(0);
        bytes
    }

    /// An answer with an alias and an address.
    fn answer(name: &str, alias: &str, address: [u8; 4], ttl: u32) -> Message {
        let mut bytes = vec![0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0];
        bytes.extend([wire(name), vec![0, 1, 0, 1]].concat());
        let ttl = ttl.to_be_bytes();
        let alias = wire(alias);
        bytes.extend([&[0xc0, 12, 0, 5, 0, 1][..], &ttl, &[0, alias.len() as u8], &alias].concat());
        bytes.extend([&alias[..], &[0, 1, 0, 1], &ttl, &[0, 4], &address].concat());
        Message::parse(&bytes).unwrap()
    }

    fn note(known: &mut Known, now: Boot, name: &str, alias: &str, last: u8, ttl: u32) {
        known.note(&answer(name, alias, [192, 0, 2, last], ttl).resolved(), now);
    }

    fn of(known: &Known, domain: &str, now: Boot) -> Vec<String> {
        let mut found: Vec<String> =
            known.of(domain, now).keys().map(ToString::to_string).collect();
        found.sort();
        found
    }

    #[test]
    fn a_name_is_known_by_all_that_lead_to_it_for_as_long_as_it_holds() {
        let (mut known, start) = (Known::default(), Boot::from_nanos(1));
        note(&mut known, start, "www.good.example", "x.evil.example", 1, 3600);
        note(&mut known, start, "evil.example", "evil.example", 2, 0);
        assert_eq!(of(&known, "evil.example", start), ["192.0.2.1", "192.0.2.2"]);
        assert_eq!(of(&known, "good.example", start), ["192.0.2.1"]);
        assert!(known.of("good.example", start).values().all(|lead| !lead.is_direct));
        assert_eq!(
            known.of("evil.example", start).values().filter(|lead| lead.is_direct).count(),
            1
        );
        assert_eq!(of(&known, "vil.example", start), Vec::<String>::new());
        let later = start.after(Duration::from_secs(61));
        assert_eq!(of(&known, "evil.example", later), ["192.0.2.1"]);
        let after = start.after(Duration::from_secs(3601));
        assert_eq!(of(&known, "evil.example", after), Vec::<String>::new());
    }

    #[test]
    fn what_is_known_is_bounded_and_the_oldest_goes() {
        let (mut known, start) = (Known::default(), Boot::from_nanos(1));
        for number in 0..3 * MOST {
            note(&mut known, start, &format!("n{number}.example"), "a.example", 1, 60);
            // This one is asked for all the time.
            note(&mut known, start, "busy.example", "b.example", 2, 60);
            assert!(known.answers.len() <= MOST && known.order.len() <= 2 * MOST);
            assert!(known.taken <= ROOM);
        }
        assert_eq!(known.taken, known.answers.values().map(|answer| answer.taken).sum::<usize>());
        assert_eq!(of(&known, "n0.example", start), Vec::<String>::new());
        assert_eq!(of(&known, &format!("n{}.example", 3 * MOST - 1), start), ["192.0.2.1"]);
        assert_eq!(of(&known, "busy.example", start), ["192.0.2.2"]);
    }
}
