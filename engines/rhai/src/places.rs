//! Places in a script that Rhai does not tell.

use rhai::{AST, ASTNode, Expr, Position};

/// Where a function (`None`: the top level) calls another, or has a property of that name, if that is in one place only.
pub(crate) fn of_call(ast: &AST, function: Option<&str>, called: &str) -> Option<Position> {
    let within = match function {
        Some(function) => Some(extent(ast, function)?),
        None => None,
    };
    let mut found = Vec::new();
    let mut look = |path: &[ASTNode<'_>]| {
        let (name, at) = match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, at) | Expr::MethodCall(call, at))) => {
                (&call.name, at)
            }
            Some(ASTNode::Expr(Expr::Property(property, at))) => (&property.2, at),
            _ => return true,
        };
        if name == called && within.is_none_or(|(start, end)| (start..=end).contains(at)) {
            found.push(*at);
        }
        true
    };
    match within {
        Some(_) => ast.walk(&mut look),
        None => ast.statements().iter().all(|each| each.walk(&mut Vec::new(), &mut look)),
    };
    match found[..] {
        [one] => Some(one),
        _ => None,
    }
}

/// Where a function begins.
pub(crate) fn of_function(ast: &AST, function: &str) -> Option<Position> {
    extent(ast, function).map(|(start, _)| start)
}

fn extent(ast: &AST, function: &str) -> Option<(Position, Position)> {
    let mut all = ast.shared_lib().iter_script_fn_info();
    let (.., found) = all.find(|(_, _, name, _, _)| *name == function)?;
    Some((found.body.start_position(), found.body.end_position()))
}
