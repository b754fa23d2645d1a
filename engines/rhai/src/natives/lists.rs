//! Lists and blobs that are made as long as an argument says.

use std::{any::TypeId, rc::Rc};

use rhai::{Array, Blob, Dynamic, Engine, EvalAltResult, Position};

use super::{Raised, bytes, room, runtime};
use crate::state::State;

/// Replaces them.
pub(super) fn register(engine: &mut Engine, state: &Rc<State>) {
    padding(engine, state);
    blobs(engine, state);
}

fn padding(engine: &mut Engine, state: &Rc<State>) {
    let own = Rc::clone(state);
    let types = [TypeId::of::<Array>(), TypeId::of::<i64>(), TypeId::of::<Dynamic>()];
    engine.register_raw_fn("pad", types, move |_, args: &mut [&mut Dynamic]| {
        let [list, count, item] = args else { return Ok(Dynamic::UNIT) };
        if list.is_read_only() {
            return Err(EvalAltResult::ErrorNonPureMethodCallOnConstant(
                "pad".into(),
                Position::NONE,
            )
            .into());
        }
        let count = usize::try_from(count.as_int().unwrap_or(0)).unwrap_or(0);
        room(&own, count)?;
        let item = item.take();
        let mut list = list.as_array_mut().map_err(|_| runtime("a list is padded"))?;
        while list.len() < count {
            // An item may be large itself.
            own.check()?;
            list.push(item.clone());
        }
        Ok(Dynamic::UNIT)
    });
}

fn blobs(engine: &mut Engine, state: &Rc<State>) {
    fn blob(state: &State, count: i64, byte: i64) -> Result<Blob, Raised> {
        let count = usize::try_from(count).unwrap_or(0);
        bytes(state, count)?;
        Ok(vec![(byte & 0xff) as u8; count])
    }
    let own = Rc::clone(state);
    engine.register_fn("blob", move |count: i64| blob(&own, count, 0));
    let own = Rc::clone(state);
    engine.register_fn("blob", move |count: i64, byte: i64| blob(&own, count, byte));
    let own = Rc::clone(state);
    engine.register_fn(
        "pad",
        move |list: &mut Blob, count: i64, byte: i64| -> Result<(), Raised> {
            let count = usize::try_from(count).unwrap_or(0);
            bytes(&own, count)?;
            if count > list.len() {
                list.resize(count, (byte & 0xff) as u8);
            }
            Ok(())
        },
    );
    let own = Rc::clone(state);
    engine.register_fn("to_array", move |list: &mut Blob| -> Result<Array, Raised> {
        room(&own, list.len())?;
        Ok(list.iter().map(|byte| i64::from(*byte).into()).collect())
    });
}
