//! Requests about the data store: `data.list`, `keys`, `get`, `set`, `delete`, `export`, `import`.

use jiff::Timestamp;
use reactant_core::recipe::is_name;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Exchange, Handler, Refusal, Request};
use crate::store::{Dump, DumpEntry, Store, StoreError};

/// Answers for a store.
#[derive(Debug, Clone)]
pub struct Data {
    store: Store,
}

impl Data {
    /// Answers for this store.
    #[must_use]
    pub fn new(store: Store) -> Data {
        Data { store }
    }
}

/// A part of what a recipe keeps, as it is exported and imported: the recipe first, then its keys, then its default list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What follows is this recipe's.
    Recipe(String),
    /// A key, and what it holds.
    Key(String, DumpEntry),
    /// The default list.
    List(Vec<String>),
}

impl Part {
    /// The parts of a dump.
    pub fn of(dump: Dump) -> impl Iterator<Item = Part> {
        let list = Some(dump.list).filter(|list| !list.is_empty()).map(Part::List);
        dump.keys.into_iter().map(|(key, entry)| Part::Key(key, entry)).chain(list)
    }

    /// Puts the part into the dump of its recipe.
    pub fn put(self, dump: &mut Dump) {
        match self {
            Part::Recipe(_) => {}
            Part::Key(key, entry) => {
                dump.keys.insert(key, entry);
            }
            Part::List(list) => dump.list = list,
        }
    }
}

#[derive(Deserialize)]
struct Recipe {
    recipe: String,
}

#[derive(Deserialize)]
struct Key {
    recipe: String,
    key: String,
}

#[derive(Deserialize)]
struct Set {
    recipe: String,
    key: String,
    value: String,
    /// Seconds.
    ttl: Option<u64>,
}

#[derive(Deserialize)]
struct Delete {
    recipe: String,
    key: Option<String>,
}

#[derive(Deserialize)]
struct Export {
    recipe: Option<String>,
}

impl Handler for Data {
    fn topic(&self) -> &'static str {
        "data"
    }

    fn answer(&self, request: &Request<'_>, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        match request.verb {
            "list" => self.list(exchange),
            "keys" => self.keys(&request.with()?, exchange),
            "get" => self.get(&request.with()?, exchange),
            "set" => self.set(&request.with()?),
            "delete" => self.delete(&request.with()?),
            "export" => self.export(request.with()?, exchange),
            "import" => self.import(&request.with()?, exchange),
            _ => Err(request.unknown()),
        }
    }
}

/// Namespaces are read as their recipes left them: nobody knows here by which clock those live.
impl Data {
    fn list(&self, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        for recipe in self.store.resting_namespaces()? {
            let keys = self.store.resting(&recipe)?.size()?;
            exchange.send(&json!({"recipe": recipe, "keys": keys}))?;
        }
        Ok(())
    }

    fn keys(&self, asked: &Recipe, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let keys = self.store.resting(&asked.recipe)?.keys()?;
        keys.iter().try_for_each(|key| exchange.send(key))
    }

    fn get(&self, asked: &Key, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let Key { recipe, key } = asked;
        match self.store.resting(recipe)?.get(key)? {
            Some(content) => exchange.send(&content),
            None => Err(Refusal::problem(format!("`{recipe}` stores nothing under `{key}`"))),
        }
    }

    fn set(&self, asked: &Set) -> Result<(), Refusal> {
        let Set { recipe, key, value, ttl } = asked;
        if !is_name(recipe) {
            return Err(Refusal::usage(format!("no recipe can be named `{recipe}`")));
        }
        match ttl {
            // Who gives a time to live means this machine's time.
            Some(ttl) => {
                self.store.namespace(recipe, Timestamp::now())?.set_ttl(key, value, *ttl)?;
            }
            None => self.store.resting(recipe)?.set(key, value)?,
        }
        Ok(())
    }

    fn delete(&self, asked: &Delete) -> Result<(), Refusal> {
        let recipe = &asked.recipe;
        let space = self.store.resting(recipe)?;
        match &asked.key {
            Some(key) if space.delete(key)? => Ok(()),
            Some(key) => Err(Refusal::problem(format!("`{recipe}` stores nothing under `{key}`"))),
            None if space.is_vacant()? => {
                Err(Refusal::problem(format!("`{recipe}` stores nothing")))
            }
            None => Ok(space.clear()?),
        }
    }

    fn export(&self, asked: Export, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let recipes = match asked.recipe {
            Some(recipe) => vec![recipe],
            None => self.store.resting_namespaces()?,
        };
        for recipe in recipes {
            let dump = self.store.resting(&recipe)?.export()?;
            exchange.send(&Part::Recipe(recipe))?;
            Part::of(dump).try_for_each(|part| exchange.send(&part))?;
        }
        Ok(())
    }

    /// All of what follows, or nothing of it.
    fn import(&self, asked: &Recipe, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        if !is_name(&asked.recipe) {
            return Err(Refusal::usage(format!("no recipe can be named `{}`", asked.recipe)));
        }
        let mut dump = Dump::default();
        // What could never be kept is not gathered first.
        let quotas = self.store.quotas();
        let (mut keys, mut bytes) = (0_u64, 0_u64);
        while let Some(part) = exchange.more::<Part>()? {
            bytes = bytes.saturating_add(part.held());
            keys += u64::from(matches!(part, Part::Key(..)));
            if bytes > quotas.total {
                return Err(StoreError::Total { bytes, limit: quotas.total }.into());
            }
            if keys > quotas.keys {
                return Err(StoreError::Keys { limit: quotas.keys }.into());
            }
            part.put(&mut dump);
        }
        Ok(self.store.resting(&asked.recipe)?.import(&dump)?)
    }
}

impl Part {
    /// Bytes that the part counts against the quota, at least.
    fn held(&self) -> u64 {
        use crate::store::Content;
        let members = |list: &[String]| list.iter().map(|member| member.len() as u64 + 64).sum();
        match self {
            Part::Recipe(name) => name.len() as u64,
            Part::List(list) => members(list),
            Part::Key(key, DumpEntry { content: Content::Text(text), .. }) => {
                (key.len() + text.len()) as u64
            }
            Part::Key(key, DumpEntry { content: Content::List(list), .. }) => {
                key.len() as u64 + members(list)
            }
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::problem(error.to_string())
    }
}
