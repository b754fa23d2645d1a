//! The names that DNS answers gave to addresses.
//!
//! A name that is not true for a flow could make a recipe act against whoever the flow belongs to, and every user may ask any server for any name. So what
//! a user's process was answered holds for the flows of that user in the same network namespace, and for nobody else's; the programs tell answers only
//! where this very socket asked the address that answers, under the number of the query. What a resolver of this machine's asks on its own account is
//! therefore known for the resolver alone; a process that asks it over the network, at 127.0.0.53 say, is answered itself.

use std::{collections::VecDeque, net::IpAddr, sync::Arc};

use hashlink::LruCache;
use reactant_core::dns::Message;

use super::super::table::Counters;

/// Users whose answers are remembered, and addresses of each: no user's answers push out another's.
const USERS: usize = 64;
const ADDRESSES: usize = 1 << 10;
/// Names of one address, and addresses and names that are taken from one answer.
const NAMES: usize = 4;
const ANSWERS: usize = 64;
/// The longest name, in bytes: escaped ones take more than RFC 1035 allows and are nobody's.
const LONGEST: usize = 255;

/// How long an answer holds at least and at most, in seconds: a connection may be made after its time, and a name may be told as good for ever.
const LEAST: u64 = 60;
const MOST: u64 = 86_400;

const SECOND: u64 = 1_000_000_000;

/// Names, the likeliest first.
pub(super) type NameList = Arc<[Arc<str>]>;

/// A network namespace, and an address in it.
type Place = (u64, IpAddr);

/// The latest first, each with the time since boot until which it holds.
type Known = VecDeque<(Arc<str>, u64)>;

/// See the [module](self).
pub(super) struct NameCache {
    users: LruCache<u32, LruCache<Place, Known>>,
    counters: Arc<Counters>,
}

impl NameCache {
    pub(super) fn new(counters: Arc<Counters>) -> NameCache {
        NameCache { users: LruCache::new(USERS), counters }
    }

    /// Takes in what a user was answered in a network namespace. What does not answer what was asked says nothing.
    pub(super) fn learn(&mut self, user: u32, net: u64, query: &[u8], answer: &[u8], now: u64) {
        let (Ok(query), Ok(answer)) = (Message::parse(query), Message::parse(answer)) else {
            return;
        };
        let answers = !query.is_response
            && answer.is_response
            && query.id == answer.id
            && query.opcode == 0
            && answer.opcode == 0
            && answer.code == 0
            && query.questions.len() == 1
            && query.questions == answer.questions;
        if !answers {
            return;
        }
        let resolved = answer.resolved();
        let names: Vec<Arc<str>> = resolved
            .names
            .iter()
            .map(|name| name.as_str())
            .filter(|name| !name.is_empty() && name.len() <= LONGEST)
            .take(NAMES)
            .map(Arc::from)
            .collect();
        for (address, seconds) in resolved.addresses.iter().take(ANSWERS) {
            let until = now.saturating_add(u64::from(*seconds).clamp(LEAST, MOST) * SECOND);
            let known = self.entry(user, (net, address.to_canonical()));
            known.retain(|(name, until)| *until > now && !names.contains(name));
            for name in names.iter().rev() {
                known.push_front((Arc::clone(name), until));
            }
            known.truncate(NAMES);
        }
    }

    fn entry(&mut self, user: u32, place: Place) -> &mut Known {
        if !self.users.contains_key(&user) {
            if self.users.len() == USERS
                && let Some((_, forgotten)) = self.users.remove_lru()
            {
                self.counters.evict(forgotten.len() as u64);
            }
            self.users.insert(user, LruCache::new(ADDRESSES));
        }
        let counters = &self.counters;
        let places = self.users.entry(user).or_insert_with(|| LruCache::new(ADDRESSES));
        if !places.contains_key(&place) {
            counters.evict(u64::from(places.len() == ADDRESSES));
            places.insert(place, Known::new());
        }
        places.entry(place).or_insert_with(Known::new)
    }

    /// The names that an address has for a user.
    pub(super) fn of(&mut self, user: u32, net: u64, address: IpAddr, now: u64) -> NameList {
        let known = self.users.get_mut(&user).and_then(|places| places.get(&(net, address)));
        let names: NameList = known
            .into_iter()
            .flatten()
            .filter(|(_, until)| *until > now)
            .map(|(name, _)| Arc::clone(name))
            .collect();
        self.counters.look(!names.is_empty());
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message about one name with addresses of version 4.
    fn message(id: u16, flags: u16, name: &str, addresses: &[[u8; 4]], ttl: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [id, flags, 1, addresses.len() as u16, 0, 0] {
            bytes.extend(word.to_be_bytes());
        }
        for label in name.split('.') {
            bytes.push(label.len() as u8);
            bytes.extend(label.bytes());
        }
        bytes.extend([0, 0, 1, 0, 1]);
        for address in addresses {
            bytes.extend([0xc0, 12, 0, 1, 0, 1]);
            bytes.extend(ttl.to_be_bytes());
            bytes.extend([0, 4]);
            bytes.extend(address);
        }
        bytes
    }

    fn query(name: &str) -> Vec<u8> {
        message(7, 0x0100, name, &[], 0)
    }

    fn answer(name: &str, addresses: &[[u8; 4]], ttl: u32) -> Vec<u8> {
        message(7, 0x8180, name, addresses, ttl)
    }

    fn cache() -> NameCache {
        NameCache::new(Arc::default())
    }

    fn names(cache: &mut NameCache, user: u32, net: u64, now: u64) -> Vec<String> {
        let names = cache.of(user, net, IpAddr::from([192, 0, 2, 1]), now);
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn an_answer_holds_for_who_asked_alone() {
        let mut cache = cache();
        cache.learn(
            1000,
            5,
            &query("Evil.example"),
            &answer("evil.example", &[[192, 0, 2, 1]], 300),
            0,
        );
        assert_eq!(names(&mut cache, 1000, 5, 1), ["evil.example"]);
        assert!(names(&mut cache, 1001, 5, 1).is_empty(), "another user's");
        assert!(names(&mut cache, 1000, 6, 1).is_empty(), "in another network");
        let figures = cache.counters.figures();
        assert_eq!((figures.hits, figures.misses), (1, 2));
    }

    #[test]
    fn what_does_not_answer_the_question_names_nothing() {
        let good = answer("a.example", &[[192, 0, 2, 1]], 300);
        for (what, query, answer) in [
            ("another name", query("b.example"), good.clone()),
            ("another number", message(8, 0x0100, "a.example", &[], 0), good.clone()),
            (
                "no answer",
                query("a.example"),
                message(7, 0x0100, "a.example", &[[192, 0, 2, 1]], 300),
            ),
            (
                "no success",
                query("a.example"),
                message(7, 0x8183, "a.example", &[[192, 0, 2, 1]], 300),
            ),
            ("no query", good.clone(), good.clone()),
            ("nothing", Vec::new(), good),
        ] {
            let mut cache = cache();
            cache.learn(0, 1, &query, &answer, 0);
            assert!(names(&mut cache, 0, 1, 1).is_empty(), "{what}");
        }
    }

    #[test]
    fn an_answer_ends_with_its_time_within_bounds() {
        for (ttl, holds) in [(0, LEAST), (300, 300), (u32::MAX >> 1, MOST)] {
            let mut cache = cache();
            cache.learn(0, 1, &query("a.example"), &answer("a.example", &[[192, 0, 2, 1]], ttl), 0);
            assert_eq!(names(&mut cache, 0, 1, holds * SECOND - 1), ["a.example"], "{ttl}");
            assert!(names(&mut cache, 0, 1, holds * SECOND).is_empty(), "{ttl}");
        }
    }

    #[test]
    fn the_latest_name_comes_first_and_their_number_is_bounded() {
        let mut cache = cache();
        for number in 0..NAMES + 3 {
            let name = format!("n{number}.example");
            cache.learn(0, 1, &query(&name), &answer(&name, &[[192, 0, 2, 1]], 300), number as u64);
        }
        let names = names(&mut cache, 0, 1, 9);
        assert_eq!((names.len(), &*names[0]), (NAMES, "n6.example"));
    }

    #[test]
    fn one_user_pushes_out_no_other() {
        let mut cache = cache();
        cache.learn(0, 1, &query("a.example"), &answer("a.example", &[[192, 0, 2, 1]], 300), 0);
        for number in 0..ADDRESSES as u32 + 5 {
            let [.., high, low] = number.to_be_bytes();
            cache.learn(
                1000,
                1,
                &query("b.example"),
                &answer("b.example", &[[10, 0, high, low]], 300),
                0,
            );
        }
        assert_eq!(names(&mut cache, 0, 1, 1), ["a.example"]);
        assert_eq!(cache.counters.figures().evicted, 5);
    }
}
