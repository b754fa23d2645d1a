//! Shell: words at the place of a command (POSIX, Shell Command Language, 2.10). Quotes, comments and here-documents are passed over.

use super::token::{Cursor, Kind, Token};

/// Words after which a command may stand.
const BEFORE_COMMAND: [&str; 10] =
    ["if", "then", "else", "elif", "while", "until", "do", "!", "{", "time"];

/// The words at the place of a command that are plain names, but for functions that the script defines itself.
pub(super) fn calls(text: &str) -> Vec<Token<'_>> {
    let mut cursor = Cursor::new(text);
    let mut command = true;
    // Delimiters of the here-documents that begin after this line, and whether tabs before them are taken off.
    let mut documents: Vec<(String, bool)> = Vec::new();
    while let Some(c) = cursor.peek() {
        match c {
            '\n' => {
                cursor.skip(1);
                command = true;
                for (delimiter, tabs) in documents.drain(..) {
                    skip_document(&mut cursor, &delimiter, tabs);
                }
            }
            _ if c.is_whitespace() => cursor.skip(c.len_utf8()),
            '#' => cursor.skip_line(),
            ';' | '&' | '|' | '(' | ')' => {
                cursor.skip(1);
                command = true;
            }
            '<' if cursor.starts_with("<<") && !cursor.starts_with("<<<") => {
                cursor.skip(2);
                let tabs = cursor.starts_with("-");
                cursor.skip(usize::from(tabs));
                cursor.skip_while(|c| c == ' ' || c == '\t');
                documents.push((word(&mut cursor).0.replace(['\'', '"', '\\'], ""), tabs));
            }
            '<' | '>' => {
                cursor.skip_while(|c| "<>&|".contains(c));
                cursor.skip_while(|c| c == ' ' || c == '\t');
                word(&mut cursor);
            }
            _ => {
                let since = cursor.at();
                let (word, plain) = word(&mut cursor);
                if word.is_empty() {
                    cursor.skip(c.len_utf8());
                } else if command && plain && !BEFORE_COMMAND.contains(&word) {
                    cursor.push(Kind::Name, since);
                    command = false;
                } else if !BEFORE_COMMAND.contains(&word) && !is_assignment(word) {
                    command = false;
                }
            }
        }
    }
    let own: Vec<_> = cursor
        .tokens
        .iter()
        .filter(|token| {
            let rest = text[token.at + token.text.len()..].trim_start();
            rest.strip_prefix('(').is_some_and(|rest| rest.trim_start().starts_with(')'))
        })
        .map(|token| token.text)
        .collect();
    cursor.tokens.into_iter().filter(|token| !own.contains(&token.text)).collect()
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Skips a word with its quotes; whether it is a plain name.
fn word<'t>(cursor: &mut Cursor<'t>) -> (&'t str, bool) {
    let rest = cursor.rest();
    let begin = cursor.at();
    let mut plain = true;
    while let Some(c) = cursor.peek() {
        match c {
            '\'' => {
                cursor.skip(1);
                cursor.skip_past("'");
            }
            '"' => cursor.skip_quoted('"', true),
            '\\' => {
                cursor.skip(1);
                cursor.skip(1);
            }
            _ if c.is_whitespace() || ";&|()<>".contains(c) => break,
            _ => {
                cursor.skip(c.len_utf8());
                plain &= c.is_ascii_alphanumeric() || c == '_';
                continue;
            }
        }
        plain = false;
    }
    (&rest[..cursor.at() - begin], plain)
}

fn skip_document(cursor: &mut Cursor<'_>, delimiter: &str, tabs: bool) {
    while cursor.peek().is_some() {
        let line = cursor.rest().lines().next().unwrap_or_default();
        cursor.skip_line();
        let line = if tabs { line.trim_start_matches('\t') } else { line };
        if line == delimiter {
            return;
        }
        cursor.skip_while(|c| c == '\r');
        cursor.skip(1);
    }
}
