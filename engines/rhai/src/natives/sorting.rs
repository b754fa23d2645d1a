//! Sorting, and dropping what is the same: stable, ended by the first error, whatever a comparison says.

use std::{cell::Cell, cmp::Ordering, rc::Rc};

use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, NativeCallContext, Position};

use super::{Raised, runtime};
use crate::state::State;

/// Rhai's own swallow what a comparison throws, and panic within where it is no order.
pub(super) fn register(engine: &mut Engine, state: &Rc<State>) {
    fn compare(
        context: &NativeCallContext<'_>,
        by: &FnPtr,
        a: &Dynamic,
        b: &Dynamic,
    ) -> Result<Ordering, Raised> {
        let answer = by.call_raw(context, None, [a.clone(), b.clone()])?;
        match (answer.as_int(), answer.as_bool()) {
            (Ok(number), _) => Ok(number.cmp(&0)),
            (_, Ok(first)) => Ok(if first { Ordering::Less } else { Ordering::Greater }),
            _ => Err(runtime("a comparison gives a number or a truth value")),
        }
    }
    plain_sorting(engine, state);
    for name in ["sort", "sort_by"] {
        let own = Rc::clone(state);
        engine.register_fn(
            name,
            move |context: NativeCallContext<'_>, list: &mut Array, by: FnPtr| {
                own.hurry();
                let sorted = merge_sort(list, &|a, b| compare(&context, &by, a, b))?;
                *list = sorted;
                Ok::<(), Raised>(())
            },
        );
    }
    let own = Rc::clone(state);
    engine.register_fn(
        "sort",
        move |context: NativeCallContext<'_>, list: &mut Array, by: &str| -> Result<(), Raised> {
            own.hurry();
            let by = FnPtr::new(by)?;
            *list = merge_sort(list, &|a, b| compare(&context, &by, a, b))?;
            Ok(())
        },
    );
    for name in ["order", "order_by"] {
        let own = Rc::clone(state);
        engine.register_fn(name, move |context: NativeCallContext<'_>, list: Array, by: FnPtr| {
            own.hurry();
            merge_sort(&list, &|a, b| compare(&context, &by, a, b))
        });
    }
    let own = Rc::clone(state);
    engine.register_fn(
        "dedup",
        move |context: NativeCallContext<'_>, list: &mut Array, by: FnPtr| {
            own.hurry();
            dedup(list, &|a, b| {
                let same = by.call_raw(&context, None, [a.clone(), b.clone()])?;
                Ok(same.as_bool().unwrap_or(false))
            })
        },
    );
    let own = Rc::clone(state);
    engine.register_fn(
        "dedup",
        move |context: NativeCallContext<'_>, list: &mut Array, by: &str| {
            own.hurry();
            let by = FnPtr::new(by)?;
            dedup(list, &|a, b| {
                let same = by.call_raw(&context, None, [a.clone(), b.clone()])?;
                Ok(same.as_bool().unwrap_or(false))
            })
        },
    );
    engine.register_fn("dedup", move |context: NativeCallContext<'_>, list: &mut Array| {
        dedup(list, &|a, b| {
            let (mut a, mut b) = (a.clone(), b.clone());
            let same = context.call_native_fn_raw("==", true, &mut [&mut a, &mut b])?;
            Ok(same.as_bool().unwrap_or(false))
        })
    });
}

/// The order of two values of one kind.
fn plain(a: &Dynamic, b: &Dynamic) -> Option<Ordering> {
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        return Some(a.cmp(&b));
    }
    if let (Ok(a), Ok(b)) = (a.as_float(), b.as_float()) {
        return Some(a.total_cmp(&b));
    }
    if let (Ok(a), Ok(b)) = (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        return Some(a.as_str().cmp(b.as_str()));
    }
    if let (Ok(a), Ok(b)) = (a.as_char(), b.as_char()) {
        return Some(a.cmp(&b));
    }
    match (a.as_bool(), b.as_bool()) {
        (Ok(a), Ok(b)) => Some(a.cmp(&b)),
        _ => (a.is_unit() && b.is_unit()).then_some(Ordering::Equal),
    }
}

fn plain_sorting(engine: &mut Engine, state: &Rc<State>) {
    fn sorted(state: &State, list: &Array, descending: bool) -> Result<Array, Raised> {
        const EVERY: usize = 1024;
        let compared = Cell::new(0_usize);
        merge_sort(list, &|a, b| {
            compared.set(compared.get() + 1);
            if compared.get().is_multiple_of(EVERY) {
                state.hurry();
                state.check()?;
            }
            let order = plain(a, b).ok_or_else(|| {
                let what = match a.type_id() == b.type_id() {
                    true => format!("elements of {} cannot be sorted", a.type_name()),
                    false => "elements of different types cannot be sorted".to_owned(),
                };
                Raised::from(EvalAltResult::ErrorFunctionNotFound(what, Position::NONE))
            })?;
            Ok(if descending { order.reverse() } else { order })
        })
    }
    for (sort, order, descending) in [("sort", "order", false), ("sort_desc", "order_desc", true)] {
        let own = Rc::clone(state);
        engine.register_fn(sort, move |list: &mut Array| -> Result<(), Raised> {
            *list = sorted(&own, list, descending)?;
            Ok(())
        });
        let own = Rc::clone(state);
        engine.register_fn(order, move |list: &mut Array| sorted(&own, list, descending));
    }
}

/// A stable sort that ends with the first error, whatever the comparison says.
fn merge_sort(
    list: &Array,
    compare: &impl Fn(&Dynamic, &Dynamic) -> Result<Ordering, Raised>,
) -> Result<Array, Raised> {
    let mut from: Array = list.clone();
    let mut width = 1;
    while width < from.len() {
        let mut to = Array::with_capacity(from.len());
        for run in from.chunks(2 * width) {
            let (left, right) = run.split_at(width.min(run.len()));
            let (mut l, mut r) = (0, 0);
            while l < left.len() && r < right.len() {
                let first = compare(&left[l], &right[r])? != Ordering::Greater;
                to.push(if first { left[l].clone() } else { right[r].clone() });
                if first { l += 1 } else { r += 1 }
            }
            to.extend(left[l..].iter().chain(&right[r..]).cloned());
        }
        from = to;
        width *= 2;
    }
    Ok(from)
}

fn dedup(
    list: &mut Array,
    same: &impl Fn(&Dynamic, &Dynamic) -> Result<bool, Raised>,
) -> Result<(), Raised> {
    let mut kept = Array::new();
    for item in list.iter() {
        let again = kept.last().map(|last| same(last, item)).transpose()?.unwrap_or(false);
        if !again {
            kept.push(item.clone());
        }
    }
    *list = kept;
    Ok(())
}
