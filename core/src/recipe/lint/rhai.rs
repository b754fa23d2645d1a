//! Rhai (the Rhai book, "Language Reference").

use super::{
    Grammar,
    token::{Cursor, Kind, Templates, Token},
    words::RHAI_BUILTINS,
};

pub(super) static GRAMMAR: Grammar = Grammar {
    tokens,
    member: &[".", "?.", "::"],
    binders: &["fn", "let", "const", "as"],
    keywords: &[
        "Fn", "as", "break", "call", "catch", "const", "continue", "curry", "do", "else", "eval",
        "export", "false", "fn", "for", "global", "if", "import", "in", "is", "let", "loop",
        "private", "return", "switch", "this", "throw", "true", "try", "type_of", "until", "while",
    ],
    builtins: RHAI_BUILTINS,
    opaque: &["eval", "import"],
    absent: &[("console", "messages are logged with `Info`")],
    throws: Some("throw the text itself: `throw \"…\"`"),
    bare_arguments: false,
};

const OPERATORS: [&str; 14] =
    ["...", "..=", "..", "::", "==", "!=", "<=", ">=", "=>", "?.", "||", "&&", "#{", "**"];

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
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
            _ if cursor.starts_with("//") => cursor.skip_line(),
            _ if cursor.starts_with("/*") => nested_comment(&mut cursor),
            '"' => {
                cursor.skip_quoted(c, true);
                cursor.push(Kind::Text, since);
            }
            '\'' => {
                cursor.skip_quoted(c, false);
                cursor.push(Kind::Text, since);
            }
            '#' if raw_text(&mut cursor) => cursor.push(Kind::Text, since),
            '`' => {
                cursor.skip(1);
                template(&mut cursor, &mut templates, since);
            }
            '{' => {
                templates.brace();
                cursor.punct(&[]);
            }
            '#' if cursor.starts_with("#{") => {
                templates.brace();
                cursor.punct(&OPERATORS);
            }
            '}' => {
                let ends_expression = templates.close();
                cursor.punct(&[]);
                if ends_expression {
                    let since = cursor.at();
                    template(&mut cursor, &mut templates, since);
                }
            }
            _ if cursor.word(begins_name) => {}
            _ => cursor.punct(&OPERATORS),
        }
    }
    cursor.tokens
}

fn nested_comment(cursor: &mut Cursor<'_>) {
    let mut depth = 0usize;
    while let Some(c) = cursor.peek() {
        if cursor.starts_with("/*") {
            depth += 1;
            cursor.skip(2);
        } else if cursor.starts_with("*/") {
            depth -= 1;
            cursor.skip(2);
            if depth == 0 {
                return;
            }
        } else {
            cursor.skip(c.len_utf8());
        }
    }
}

/// Skips a raw text (`#"…"#`, `##"…"##`), if one stands here.
fn raw_text(cursor: &mut Cursor<'_>) -> bool {
    let rest = cursor.rest();
    let level = rest.len() - rest.trim_start_matches('#').len();
    if !rest[level..].starts_with('"') {
        return false;
    }
    cursor.skip(level + 1);
    cursor.skip_past(&format!("\"{}", "#".repeat(level)));
    true
}

/// The rest of an interpolated text, up to its end or its next expression. It knows no escapes.
fn template(cursor: &mut Cursor<'_>, templates: &mut Templates, since: usize) {
    while let Some(c) = cursor.peek() {
        if cursor.starts_with("${") {
            cursor.push(Kind::Text, since);
            templates.open();
            cursor.punct(&["${"]);
            return;
        }
        cursor.skip(c.len_utf8());
        if c == '`' {
            break;
        }
    }
    cursor.push(Kind::Text, since);
}

#[cfg(test)]
mod tests {
    use super::super::{Context, defines, lint};
    use crate::{capability::Grants, helper::Registry};

    fn undefined(script: &str) -> Vec<String> {
        let (helpers, grants) = (Registry::new(), Grants::none());
        let context = Context { helpers: &helpers, held: &grants, granted: &grants, kind: "k" };
        let found = lint("rhai", script, &context);
        found.iter().map(|found| found.message.clone()).collect()
    }

    #[test]
    fn names_that_rhai_may_define_are_not_reported() {
        for script in [
            "fn process(data) { helper(len(data)); data.run(1); x::y(2) } fn helper(n) { n }",
            "fn process(data) { let f = |a, b| a + b; f.call(1, 2); curry(f, 1); call(f) }",
            "// lost()\n/* lost() /* lost() */ lost() */ fn process(d) { \"lost()\" + 'x' + `lost() ${print(#{a: `lost()`})} lost()` + #\"lost()\"# }",
            "fn process(d) { if (d) { return (1); } while (true) { break; } switch (d) { 1 => print(2), _ => () } }",
            "import \"x\" as y; fn process(d) { anything(d) }",
        ] {
            assert_eq!(undefined(script), [""; 0], "{script}");
        }
    }

    #[test]
    fn a_name_that_nobody_defines_is_reported() {
        assert_eq!(
            undefined("fn process(data) { lost(1); data.lost2() }"),
            ["nobody defines `lost`"]
        );
        assert!(defines("rhai", "fn process(data) {}", "process"));
        assert!(!defines("rhai", "// process\nlet x = \"process\"; process(x);", "process"));
    }
}
