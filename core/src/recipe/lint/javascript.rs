//! JavaScript (ECMA-262, chapter 12).

use super::{
    Grammar,
    token::{Cursor, Kind, Templates, Token},
    words::JAVASCRIPT_BUILTINS,
};

pub(super) static GRAMMAR: Grammar = Grammar {
    tokens,
    member: &[".", "?.", "#", "\\"],
    binders: &["function", "class", "let", "const", "var", "import", "as"],
    keywords: &[
        "arguments",
        "as",
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "import",
        "in",
        "instanceof",
        "let",
        "new",
        "null",
        "of",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ],
    builtins: JAVASCRIPT_BUILTINS,
    // `eval` is not there, `Function` and `import` define nothing.
    opaque: &["globalThis", "with"],
    absent: &[
        ("console", "messages are logged with `Info`"),
        ("window", "what all scripts have is on `globalThis`"),
    ],
    throws: Some("write `new Error(…)`"),
    bare_arguments: false,
};

const OPERATORS: [&str; 16] = [
    "...", "===", "!==", "=>", "==", "!=", "<=", ">=", "?.", "&&", "||", "??", "++", "--", "+=",
    "-=",
];

/// Words after which a slash begins a regular expression.
const BEFORE_REGEX: [&str; 16] = [
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "delete",
    "void",
    "instanceof",
    "new",
    "throw",
    "do",
    "else",
    "yield",
    "await",
    "default",
    "extends",
];

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut cursor = Cursor::new(text);
    let mut templates = Templates::default();
    // For each open parenthesis, whether a statement and no operator follows it (`if (…) /x/`).
    let mut parentheses: Vec<bool> = Vec::new();
    let mut after_statement_head = false;
    if cursor.starts_with("#!") {
        cursor.skip_line();
    }
    while let Some(c) = cursor.peek() {
        let since = cursor.at();
        let head = std::mem::take(&mut after_statement_head);
        match c {
            _ if c.is_whitespace() || c == '\u{feff}' => {
                cursor.skip(c.len_utf8());
                after_statement_head = head;
            }
            _ if cursor.starts_with("//") => {
                cursor.skip_line();
                after_statement_head = head;
            }
            _ if cursor.starts_with("/*") => {
                cursor.skip(2);
                cursor.skip_past("*/");
                after_statement_head = head;
            }
            '"' | '\'' => {
                cursor.skip_quoted(c, false);
                cursor.push(Kind::Text, since);
            }
            '`' => {
                cursor.skip(1);
                template(&mut cursor, &mut templates, since);
            }
            '/' if (head || regex_may_follow(&cursor.tokens)) && regex(&mut cursor) => {
                cursor.push(Kind::Regex, since);
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
                    template(&mut cursor, &mut templates, since);
                }
            }
            '(' => {
                let before = cursor.tokens.last().map_or("", |token| token.text);
                parentheses.push(["if", "while", "for", "with"].contains(&before));
                cursor.punct(&[]);
            }
            ')' => {
                after_statement_head = parentheses.pop().unwrap_or(false);
                cursor.punct(&[]);
            }
            _ if cursor.word(begins_name) => {}
            _ => cursor.punct(&OPERATORS),
        }
    }
    cursor.tokens
}

/// The rest of a template's text, up to its end or its next expression.
fn template(cursor: &mut Cursor<'_>, templates: &mut Templates, since: usize) {
    while let Some(c) = cursor.peek() {
        if cursor.starts_with("${") {
            cursor.push(Kind::Text, since);
            templates.open();
            cursor.punct(&["${"]);
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

fn regex_may_follow(tokens: &[Token<'_>]) -> bool {
    let Some(last) = tokens.last() else { return true };
    match last.kind {
        Kind::Name => {
            let member = tokens.len() >= 2 && [".", "?."].contains(&tokens[tokens.len() - 2].text);
            BEFORE_REGEX.contains(&last.text) && !member
        }
        Kind::Number | Kind::Text | Kind::Regex => false,
        Kind::Punct => ![")", "]", "++", "--"].contains(&last.text),
    }
}

/// Skips a regular expression with its flags; `false`, and nothing is skipped, where the line ends before it does.
fn regex(cursor: &mut Cursor<'_>) -> bool {
    let rest = cursor.rest();
    let (mut class, mut escaped) = (false, false);
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' | '\r' => return false,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '/' if !class => {
                cursor.skip(at + 1);
                cursor.skip_while(char::is_alphanumeric);
                return true;
            }
            _ => {}
        }
    }
    false
}
