//! Functions of Rhai's own library in place of those that would allocate by argument before anything is checked, run long without looking at the limits,
//! swallow what ends the script, or reach outside.

use std::{any::TypeId, cell::Cell, cmp::Ordering, rc::Rc};

use reactant_core::limits::Stop;
use rhai::{
    AST, ASTNode, Array, Blob, Dynamic, Engine, EvalAltResult, Expr, FnPtr, ImmutableString,
    LexError, NativeCallContext, Position, Token,
};

use crate::state::State;

type Raised = Box<EvalAltResult>;

/// What there is not, and what there is instead.
const WITHHELD: [(&str, &str); 2] = [
    ("print", "`print` writes nowhere: use the helper `Info`"),
    ("debug", "`debug` writes nowhere: use the helper `Debug`"),
];

/// Replaces them.
pub(crate) fn register(engine: &mut Engine, state: &Rc<State>) {
    engine.disable_symbol("eval").disable_symbol("import").disable_symbol("export");
    engine.set_module_resolver(rhai::module_resolvers::DummyModuleResolver::new());
    let own = Rc::clone(state);
    engine.on_print(move |_| own.withheld.set(Some(WITHHELD[0].1)));
    let own = Rc::clone(state);
    engine.on_debug(move |_, _, _| own.withheld.set(Some(WITHHELD[1].1)));
    let sleep = || -> Result<(), Raised> { Err(runtime("a reaction cannot sleep")) };
    engine.register_fn("sleep", move |_: i64| sleep());
    engine.register_fn("sleep", move |_: f64| sleep());
    tokens(engine, state);
    splitting(engine, state);
    replacing(engine, state);
    casing(engine, state);
    sorting(engine, state);
    lists(engine, state);
}

/// Finds a call of what there is not, unless the script defines a function of that name.
pub(crate) fn withheld(ast: &AST) -> Option<(&'static str, Position)> {
    let own = |name: &str| ast.iter_functions().any(|function| function.name == name);
    let mut found = None;
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at) | Expr::MethodCall(call, at))) =
            path.last()
            && let Some((_, why)) =
                WITHHELD.iter().find(|(name, _)| *name == call.name && !own(name))
        {
            found = Some((*why, *at));
        }
        found.is_none()
    });
    found
}

/// The most arguments of a call: for each of up to 16 Rhai tries twice as many signatures, and reads all arguments for each.
const ARGUMENTS: usize = 64;

/// Finds a call with too many arguments.
pub(crate) fn crowded(ast: &AST) -> Option<Position> {
    let mut found = None;
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at) | Expr::MethodCall(call, at))) =
            path.last()
            && call.args.len() > ARGUMENTS
        {
            found = Some(*at);
        }
        found.is_none()
    });
    found
}

/// What `curry` is called here, so that it is a function like any other.
const CURRY: &str = "curry_with";

/// Watches the parser, which asks nobody else: its time for a text grows faster than the text, and no token comes after the script's own is over. And
/// binds arguments of a function value, in place of `curry`: not more than a call may have.
fn tokens(engine: &mut Engine, state: &Rc<State>) {
    let own = Rc::clone(state);
    #[allow(
        deprecated,
        reason = "not deprecated but volatile, as its text says; the version is pinned"
    )]
    engine.on_parse_token(move |token, _, _| match token {
        _ if {
            own.hurry();
            own.over()
        } =>
        {
            Token::LexError(LexError::Runtime("stopped".into()).into())
        }
        Token::Reserved(word) | Token::Identifier(word) if *word == "curry" => {
            Token::Identifier(Box::new(CURRY.into()))
        }
        token => token,
    });
    for count in 1..=4 {
        let mut types = vec![TypeId::of::<Dynamic>(); count + 1];
        types[0] = TypeId::of::<FnPtr>();
        engine.register_raw_fn(CURRY, types, |_, args: &mut [&mut Dynamic]| curried(args));
    }
}

/// Binds any number of arguments, where that is what was called.
///
/// # Errors
///
/// There are too many.
pub(crate) fn curry(name: &str, args: &mut [&mut Dynamic]) -> Result<Option<Dynamic>, Raised> {
    let function = args.first().is_some_and(|function| function.is_fnptr());
    if name == CURRY && function { curried(args).map(Some) } else { Ok(None) }
}

fn curried(args: &mut [&mut Dynamic]) -> Result<Dynamic, Raised> {
    let Some((function, bound)) = args.split_first_mut() else { return Ok(Dynamic::UNIT) };
    let mut function = function
        .flatten_clone()
        .try_cast::<FnPtr>()
        .ok_or_else(|| runtime("a function is bound"))?;
    if function.curry().len() + bound.len() > ARGUMENTS {
        return Err(runtime(&format!("a call has at most {ARGUMENTS} arguments")));
    }
    for value in bound {
        function.add_curry(value.take());
    }
    Ok(Dynamic::from(function))
}

fn runtime(what: &str) -> Raised {
    EvalAltResult::ErrorRuntime(what.into(), Position::NONE).into()
}

/// Whether a list of so many may be made.
fn room(state: &State, count: usize) -> Result<(), Raised> {
    bytes(state, count.saturating_mul(size_of::<Dynamic>()))
}

/// Whether so many bytes may be taken.
fn bytes(state: &State, count: usize) -> Result<(), Raised> {
    if count > state.room() { Err(state.stop(Stop::Memory)) } else { Ok(()) }
}

/// Gathers parts until there are too many.
fn gather<'a>(state: &State, parts: impl Iterator<Item = &'a str>) -> Result<Array, Raised> {
    const EVERY: usize = 256;
    let mut list = Array::new();
    for part in parts {
        list.push(ImmutableString::from(part).into());
        if list.len().is_multiple_of(EVERY) {
            room(state, list.len())?;
            state.hurry();
            state.check()?;
        }
    }
    room(state, list.len())?;
    state.hurry();
    Ok(list)
}

fn splitting(engine: &mut Engine, state: &Rc<State>) {
    let most = |count: i64| usize::try_from(count).unwrap_or(0).max(1);
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str| gather(&own, text.split_whitespace()));
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str, by: &str| gather(&own, text.split(by)));
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str, by: char| gather(&own, text.split(by)));
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str, by: &str, count: i64| {
        gather(&own, text.splitn(most(count), by))
    });
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str, by: char, count: i64| {
        gather(&own, text.splitn(most(count), by))
    });
    let own = Rc::clone(state);
    engine.register_fn("split_rev", move |text: &str, by: &str| gather(&own, text.rsplit(by)));
    let own = Rc::clone(state);
    engine.register_fn("split_rev", move |text: &str, by: char| gather(&own, text.rsplit(by)));
    let own = Rc::clone(state);
    engine.register_fn("split_rev", move |text: &str, by: &str, count: i64| {
        gather(&own, text.rsplitn(most(count), by))
    });
    let own = Rc::clone(state);
    engine.register_fn("split_rev", move |text: &str, by: char, count: i64| {
        gather(&own, text.rsplitn(most(count), by))
    });
    let own = Rc::clone(state);
    engine.register_fn("to_chars", move |text: &str| -> Result<Array, Raised> {
        room(&own, text.chars().count())?;
        Ok(text.chars().map(Dynamic::from).collect())
    });
}

fn replacing(engine: &mut Engine, state: &Rc<State>) {
    fn replace(
        state: &State,
        text: &mut ImmutableString,
        find: &str,
        by: &str,
    ) -> Result<(), Raised> {
        let found = text.matches(find).count();
        let less = text.len() - if find.is_empty() { 0 } else { found * find.len() };
        bytes(state, found.saturating_mul(by.len()).saturating_add(less))?;
        *text = text.replace(find, by).into();
        state.hurry();
        Ok(())
    }
    let own = Rc::clone(state);
    engine.register_fn("replace", move |text: &mut ImmutableString, find: &str, by: &str| {
        replace(&own, text, find, by)
    });
    let own = Rc::clone(state);
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, by: &str| {
        replace(&own, text, find.encode_utf8(&mut [0; 4]), by)
    });
    let own = Rc::clone(state);
    engine.register_fn("replace", move |text: &mut ImmutableString, find: &str, by: char| {
        replace(&own, text, find, by.encode_utf8(&mut [0; 4]))
    });
    let own = Rc::clone(state);
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, by: char| {
        replace(&own, text, find.encode_utf8(&mut [0; 4]), by.encode_utf8(&mut [0; 4]))
    });
}

/// Rhai's own swallow what a comparison throws, and panic within where it is no order.
fn sorting(engine: &mut Engine, state: &Rc<State>) {
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

/// Upper and lower case, piece by piece.
fn casing(engine: &mut Engine, state: &Rc<State>) {
    fn cased(
        state: &State,
        text: &str,
        change: fn(&str) -> String,
    ) -> Result<ImmutableString, Raised> {
        const PIECE: usize = 64 << 10;
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            // A sigma at the end of a word is written in its own way: pieces end between words, where there are any.
            let after = rest
                .char_indices()
                .find(|(at, c)| *at >= PIECE && (!c.is_alphabetic() || *at >= 2 * PIECE));
            let (piece, left) = rest.split_at(after.map_or(rest.len(), |(at, _)| at));
            out.push_str(&change(piece));
            rest = left;
            state.hurry();
            state.check()?;
        }
        Ok(out.into())
    }
    for (to, make, change) in [
        ("to_upper", "make_upper", str::to_uppercase as fn(&str) -> String),
        ("to_lower", "make_lower", str::to_lowercase),
    ] {
        let own = Rc::clone(state);
        engine.register_fn(to, move |text: &str| cased(&own, text, change));
        let own = Rc::clone(state);
        engine.register_fn(make, move |text: &mut ImmutableString| -> Result<(), Raised> {
            *text = cased(&own, text, change)?;
            Ok(())
        });
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

fn lists(engine: &mut Engine, state: &Rc<State>) {
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
    padding(engine, state);
    blobs(engine, state);
}

fn padding(engine: &mut Engine, state: &Rc<State>) {
    fn pad(state: &State, text: &mut ImmutableString, count: i64, by: &str) -> Result<(), Raised> {
        let count = usize::try_from(count).unwrap_or(0).saturating_sub(text.chars().count());
        let width = by.chars().count();
        if count == 0 || width == 0 {
            return Ok(());
        }
        let whole = count.div_ceil(width);
        bytes(state, whole.saturating_mul(by.len()).saturating_add(text.len()))?;
        let mut out = String::with_capacity(text.len() + whole * by.len());
        out.push_str(text);
        // As Rhai does: the last piece may be a part of it.
        out.extend(by.chars().cycle().take(count));
        *text = out.into();
        state.hurry();
        Ok(())
    }
    let own = Rc::clone(state);
    engine.register_fn("pad", move |text: &mut ImmutableString, count: i64, by: char| {
        pad(&own, text, count, by.encode_utf8(&mut [0; 4]))
    });
    let own = Rc::clone(state);
    engine.register_fn("pad", move |text: &mut ImmutableString, count: i64, by: &str| {
        pad(&own, text, count, by)
    });
    for name in ["debug", "to_debug"] {
        let own = Rc::clone(state);
        engine.register_fn(name, move |text: &str| -> Result<String, Raised> {
            // `\u{10ffff}` is the longest escape.
            if text.len().saturating_mul(10) > own.room() {
                bytes(&own, text.chars().map(|c| c.escape_debug().len()).sum())?;
            }
            Ok(format!("{text:?}"))
        });
    }
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
