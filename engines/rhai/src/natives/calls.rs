//! What is asked of the parser, and how many arguments a call may have.

use std::{any::TypeId, rc::Rc};

use rhai::{AST, ASTNode, Dynamic, Engine, Expr, FnPtr, LexError, Position, Token};

use super::{Raised, runtime};
use crate::state::State;

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
pub(super) fn register(engine: &mut Engine, state: &Rc<State>) {
    let own = Rc::clone(state);
    #[allow(
        deprecated,
        reason = "not deprecated but volatile, as its text says; the version is pinned"
    )]
    engine.on_parse_token(move |token, _, _| match token {
        // Leaves the parser at once, which in the midst of a text would not know such a token; but for builds whose panics abort.
        _ if {
            own.hurry();
            own.check().is_err()
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
