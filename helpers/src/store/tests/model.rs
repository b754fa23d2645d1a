//! Random steps against the plainest model: a map that is searched for what expired.

use std::collections::BTreeMap;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Set(String, String),
    SetTtl(String, String, u64),
    Delete(String),
    Push(Option<String>, String),
    Pop(Option<String>),
    Incr(String, i64),
    Cas(String, String, String),
    Clear,
    Wait(i64),
    Reopen,
}

#[derive(Debug, Clone, PartialEq)]
enum Held {
    Text(String),
    List(Vec<String>),
}

#[derive(Debug, Default)]
struct Model {
    now: i64,
    keys: BTreeMap<String, (Held, Option<i64>)>,
    own: Vec<String>,
}

fn step() -> impl Strategy<Value = Step> {
    let key = || "[ab]{0,2}";
    let value = || prop_oneof!["[0-9]{1,2}", ".{0,3}", Just(String::new())];
    let list = || prop::option::of(key().prop_map(String::from));
    prop_oneof![
        4 => (key(), value()).prop_map(|(key, value)| Step::Set(key, value)),
        3 => (key(), value(), 1..20_u64).prop_map(|(key, value, s)| Step::SetTtl(key, value, s)),
        2 => key().prop_map(Step::Delete),
        4 => (list(), value()).prop_map(|(key, value)| Step::Push(key, value)),
        3 => list().prop_map(Step::Pop),
        3 => (key(), prop_oneof![-9..9_i64, Just(i64::MAX)]).prop_map(|(key, by)| Step::Incr(key, by)),
        2 => (key(), value(), value()).prop_map(|(key, old, new)| Step::Cas(key, old, new)),
        1 => Just(Step::Clear),
        3 => (0..10_i64).prop_map(Step::Wait),
        1 => Just(Step::Reopen),
    ]
}

impl Model {
    /// What the step gives, as text: `!` where it is refused.
    fn take(&mut self, step: &Step) -> String {
        match step {
            Step::Set(key, value) => {
                self.keys.insert(key.clone(), (Held::Text(value.clone()), None));
            }
            Step::SetTtl(key, value, seconds) => {
                let deadline = self.now + *seconds as i64;
                self.keys.insert(key.clone(), (Held::Text(value.clone()), Some(deadline)));
            }
            Step::Delete(key) => return self.keys.remove(key).is_some().to_string(),
            Step::Push(None, value) => self.own.push(value.clone()),
            Step::Push(Some(key), value) => {
                let fresh = || (Held::List(Vec::new()), None);
                match &mut self.keys.entry(key.clone()).or_insert_with(fresh).0 {
                    Held::List(members) => members.push(value.clone()),
                    Held::Text(_) => return "!".into(),
                }
            }
            Step::Pop(None) => return format!("{:?}", self.own.pop()),
            Step::Pop(Some(key)) => {
                let popped = match self.keys.get_mut(key) {
                    None => None,
                    Some((Held::Text(_), _)) => return "!".into(),
                    Some((Held::List(members), _)) => members.pop(),
                };
                self.keys.retain(|_, (held, _)| *held != Held::List(Vec::new()));
                return format!("{popped:?}");
            }
            Step::Incr(key, by) => {
                let (held, deadline) =
                    self.keys.get(key).cloned().unwrap_or((Held::Text("0".into()), None));
                let Held::Text(text) = held else { return "!".into() };
                let Ok(old) = text.parse::<i64>() else { return "!".into() };
                let Some(sum) = old.checked_add(*by) else { return "!".into() };
                self.keys.insert(key.clone(), (Held::Text(sum.to_string()), deadline));
                return sum.to_string();
            }
            Step::Cas(key, expected, value) => {
                let equal = match self.keys.get(key) {
                    None => expected.is_empty(),
                    Some((Held::Text(text), _)) => !text.is_empty() && text == expected,
                    Some((Held::List(_), _)) => return "!".into(),
                };
                if equal && value.is_empty() {
                    self.keys.remove(key);
                } else if equal {
                    self.keys.insert(key.clone(), (Held::Text(value.clone()), None));
                }
                return equal.to_string();
            }
            Step::Clear => *self = Model { now: self.now, ..Model::default() },
            Step::Wait(seconds) => {
                self.now += seconds;
                let now = self.now;
                self.keys.retain(|_, (_, deadline)| deadline.is_none_or(|deadline| deadline > now));
            }
            Step::Reopen => {}
        }
        String::new()
    }

    fn dump(&self) -> Dump {
        let keys = self.keys.iter().map(|(key, (held, deadline))| {
            let content = match held {
                Held::Text(text) => Content::Text(text.clone()),
                Held::List(members) => Content::List(members.clone()),
            };
            (key.clone(), DumpEntry { content, expires: deadline.map(at) })
        });
        Dump { keys: keys.collect(), list: self.own.clone() }
    }
}

fn give<T: ToString>(result: Result<T, StoreError>) -> String {
    result.map_or_else(|_| "!".into(), |value| value.to_string())
}

fn nothing(result: Result<(), StoreError>) -> String {
    result.map_or_else(|_| "!".into(), |()| String::new())
}

fn take(space: &Namespace<'_>, step: &Step) -> String {
    match step {
        Step::Set(key, value) => nothing(space.set(key, value)),
        Step::SetTtl(key, value, seconds) => nothing(space.set_ttl(key, value, *seconds)),
        Step::Delete(key) => give(space.delete(key)),
        Step::Push(key, value) => nothing(space.push(key.as_deref(), value)),
        Step::Pop(key) => give(space.pop(key.as_deref()).map(|popped| format!("{popped:?}"))),
        Step::Incr(key, by) => give(space.incr(key, *by)),
        Step::Cas(key, expected, value) => give(space.cas(key, expected, value)),
        Step::Clear => nothing(space.clear()),
        Step::Wait(_) | Step::Reopen => String::new(),
    }
}

fn agree(
    steps: &[Step],
    mut open: impl FnMut(Option<Store>) -> Store,
) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    let mut store = open(None);
    for step in steps {
        let expected = model.take(step);
        if matches!(step, Step::Reopen) {
            store = open(Some(store));
        }
        let space = store.namespace("r", at(model.now)).unwrap();
        prop_assert_eq!(take(&space, step), expected, "{:?}", step);
        prop_assert_eq!(space.size().unwrap(), model.keys.len() as u64);
        let dump = model.dump();
        prop_assert_eq!(space.keys().unwrap(), dump.keys.keys().cloned().collect::<Vec<_>>());
        prop_assert_eq!(space.export().unwrap(), dump);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_store_in_memory_agrees_with_a_plain_map(steps in prop::collection::vec(step(), 1..60)) {
        agree(&steps, |store| store.unwrap_or_else(Store::memory))?;
    }
}

proptest! {
    // Each opens a folder anew, several times.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_store_on_disk_agrees_with_a_plain_map(steps in prop::collection::vec(step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        agree(&steps, |store| {
            drop(store);
            Store::open(folder.path(), Durability::Process).unwrap()
        })?;
    }
}
