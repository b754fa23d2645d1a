//! Lua and Luau (Lua 5.4 reference manual, 3.1; the Luau syntax page for what that adds).

use super::{
    Grammar,
    token::{Cursor, Kind, Templates, Token},
    words::LUA_BUILTINS,
};

pub(super) static GRAMMAR: Grammar = Grammar {
    tokens,
    member: &[".", ":", "::"],
    binders: &["function", "local"],
    keywords: &[
        "and", "break", "continue", "do", "else", "elseif", "end", "false", "for", "function",
        "goto", "if", "in", "local", "nil", "not", "or", "repeat", "return", "self", "then",
        "true", "until", "while",
    ],
    builtins: LUA_BUILTINS,
    opaque: &[
        "_ENV",
        "_G",
        "dofile",
        "getfenv",
        "load",
        "loadfile",
        "loadstring",
        "require",
        "setfenv",
    ],
    absent: &[],
    throws: None,
    bare_arguments: true,
};

const OPERATORS: [&str; 10] = ["...", "..", "::", "==", "~=", "<=", ">=", "//", "+=", "->"];

fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// Skips a long bracket (`[[…]]`, `[==[…]==]`), if one stands here.
fn long_bracket(cursor: &mut Cursor<'_>) -> bool {
    let Some(inner) = cursor.rest().strip_prefix('[') else { return false };
    let level = inner.len() - inner.trim_start_matches('=').len();
    if !inner[level..].starts_with('[') {
        return false;
    }
    cursor.skip(level + 2);
    cursor.skip_past(&format!("]{}]", "=".repeat(level)));
    true
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut cursor = Cursor::new(text);
    let mut templates = Templates::default();
    if cursor.starts_with("#!") {
        cursor.skip_line();
    }
    while let Some(c) = cursor.peek() {
        let since = cursor.at();
        match c {
            _ if c.is_whitespace() => cursor.skip(c.len_utf8()),
            _ if cursor.starts_with("--") => {
                cursor.skip(2);
                if !long_bracket(&mut cursor) {
                    cursor.skip_line();
                }
            }
            '"' | '\'' => {
                cursor.skip_quoted(c, false);
                cursor.push(Kind::Text, since);
            }
            '[' if long_bracket(&mut cursor) => cursor.push(Kind::Text, since),
            '`' => {
                cursor.skip(1);
                interpolated(&mut cursor, &mut templates, since);
            }
            '{' => {
                templates.brace();
                cursor.punct(&[]);
            }
            '}' => {
                let ends_expression = templates.close();
                cursor.punct(&[]);
                if ends_expression {
                    let since = cursor.at();
                    interpolated(&mut cursor, &mut templates, since);
                }
            }
            _ if cursor.word(begins_name) => {}
            _ => cursor.punct(&OPERATORS),
        }
    }
    cursor.tokens
}

/// The rest of an interpolated string of Luau, up to its end or its next expression.
fn interpolated(cursor: &mut Cursor<'_>, templates: &mut Templates, since: usize) {
    while let Some(c) = cursor.peek() {
        if c == '{' {
            cursor.push(Kind::Text, since);
            templates.open();
            cursor.punct(&[]);
            return;
        }
        cursor.skip(c.len_utf8());
        match c {
            '\\' => cursor.skip(1),
            '`' => break,
            _ => {}
        }
    }
    cursor.push(Kind::Text, since);
}
