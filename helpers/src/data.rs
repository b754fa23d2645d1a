//! The `Data…` helpers: what a recipe remembers from one event to the next. Each recipe has a namespace of its own.

use reactant_core::{
    capability::Capability,
    helper::{
        Call, Failure, HelperSpec, ParamKind::Integer, ParamKind::Text, Registry, RegistryError,
        Reply, Returns,
    },
    value::Value,
};

use crate::{
    clock::seconds,
    store::{Content, Namespace, Store, StoreError, json},
};

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure(error.to_string())
    }
}

type Answer = Result<Reply, Failure>;

struct Shelf<'a> {
    registry: &'a mut Registry,
    store: &'a Store,
}

impl Shelf<'_> {
    fn add(
        &mut self,
        spec: HelperSpec,
        answer: impl Fn(&Call<'_>, &Namespace<'_>) -> Answer + Send + Sync + 'static,
    ) -> Result<(), RegistryError> {
        let store = self.store.clone();
        let helper = move |call: &mut Call<'_>| {
            let space = store.namespace(&call.detection.recipe.name, call.now)?;
            answer(call, &space)
        };
        self.registry.register(spec.needs(Capability::DATA), helper).map(drop)
    }
}

fn spec(name: &'static str, summary: &'static str, returns: Returns) -> HelperSpec {
    HelperSpec::new(name, summary).returns(returns)
}

fn done(result: Result<(), StoreError>) -> Answer {
    result?;
    Ok(Reply::from(0))
}

pub(crate) fn register(registry: &mut Registry, store: &Store) -> Result<(), RegistryError> {
    let mut shelf = Shelf { registry, store };
    keys(&mut shelf)?;
    whole(&mut shelf)?;
    lists(&mut shelf)?;
    atomics(&mut shelf)
}

fn keys(shelf: &mut Shelf<'_>) -> Result<(), RegistryError> {
    let set = spec("DataSet", "Sets a key to a text.", Returns::Done);
    shelf.add(set.param("key", Text).param("value", Text), |call, space| {
        done(space.set(call.text(0), call.text(1)))
    })?;
    let get = "Gives a key's text, or a list as JSON text; empty where the key is absent.";
    shelf.add(spec("DataGet", get, Returns::Text).param("key", Text), |call, space| {
        Ok(Reply::from(space.get(call.text(0))?.map(Content::into_text).unwrap_or_default()))
    })?;
    let delete = spec("DataDelete", "Removes a key, whether it is there or not.", Returns::Done);
    shelf.add(delete.param("key", Text), |call, space| {
        space.delete(call.text(0))?;
        Ok(Reply::from(0))
    })?;
    let has = spec("DataHasKey", "Tells whether a key is there.", Returns::Bool);
    shelf.add(has.param("key", Text), |call, space| Ok(Reply::from(space.has_key(call.text(0))?)))
}

fn whole(shelf: &mut Shelf<'_>) -> Result<(), RegistryError> {
    let has = "Tells whether some key holds this text, or a list with this member.";
    shelf.add(spec("DataHasValue", has, Returns::Bool).param("value", Text), |call, space| {
        Ok(Reply::from(space.has_value(call.text(0))?))
    })?;
    let empty = spec("DataIsEmpty", "Tells whether the recipe holds no key.", Returns::Bool);
    shelf.add(empty, |_, space| Ok(Reply::from(space.size()? == 0)))?;
    let keys = spec("DataKeys", "Gives all keys in order, as a JSON array.", Returns::Text);
    shelf.add(keys.fails_with("[]"), |_, space| Ok(Reply::from(json(&space.keys()?))))?;
    let values =
        "Gives all texts and members of lists in the order of their keys, as a JSON array.";
    shelf.add(spec("DataValues", values, Returns::Text).fails_with("[]"), |_, space| {
        Ok(Reply::from(json(&space.values()?)))
    })?;
    let size = spec("DataSize", "Gives the number of keys.", Returns::Number);
    shelf.add(size, |_, space| {
        Ok(Reply::from(Value::Int(i64::try_from(space.size()?).unwrap_or(i64::MAX))))
    })?;
    let clear = "Removes everything that the recipe holds, the default list included.";
    shelf.add(spec("DataClear", clear, Returns::Done), |_, space| done(space.clear()))
}

fn lists(shelf: &mut Shelf<'_>) -> Result<(), RegistryError> {
    let push = "Appends to a key's list, or to the recipe's default list.";
    let push = spec("DataPush", push, Returns::Done).optional("key", Text).strict();
    let push = push.param("value", Text);
    shelf.add(push, |call, space| done(space.push(call.optional_text(0), call.text(1))))?;
    let pop =
        "Takes the last member of a key's list, or of the default list; empty if there is none.";
    shelf.add(spec("DataPop", pop, Returns::Text).optional("key", Text).strict(), |call, space| {
        Ok(Reply::from(space.pop(call.optional_text(0))?.unwrap_or_default()))
    })
}

fn atomics(shelf: &mut Shelf<'_>) -> Result<(), RegistryError> {
    let incr =
        "Adds to a key's whole number (0 if absent; by 1 unless told) and gives the sum; atomic.";
    let incr = spec("DataIncr", incr, Returns::Number).param("key", Text).optional("by", Integer);
    shelf.add(incr.fails_with(Value::Null), |call, space| {
        Ok(Reply::from(Value::Int(space.incr(call.text(0), call.integer(1).unwrap_or(1))?)))
    })?;
    let ttl = "Sets a key to a text that is absent everywhere after so many seconds.";
    let ttl = spec("DataSetTtl", ttl, Returns::Done)
        .param("key", Text)
        .param("value", Text)
        .param("seconds", Integer);
    shelf.add(ttl, |call, space| {
        let seconds = seconds(call, 2)?.unsigned_abs();
        done(space.set_ttl(call.text(0), call.text(1), seconds))
    })?;
    let cas = "Sets a key if it holds the expected text (empty: if it is absent) and tells whether it did; atomic.";
    let cas = spec("DataCas", cas, Returns::Bool)
        .param("key", Text)
        .param("expected", Text)
        .param("value", Text);
    shelf.add(cas, |call, space| {
        Ok(Reply::from(space.cas(call.text(0), call.text(1), call.text(2))?))
    })
}

#[cfg(test)]
mod tests;
