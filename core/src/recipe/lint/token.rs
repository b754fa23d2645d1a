//! Tokens, and the cursor that every language's lexer moves.

/// What a token is. Comments are no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Punct,
    /// A text, with its quotes; of a template, each part between the expressions.
    Text,
    Number,
    Regex,
}

/// A token and where it begins, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) at: usize,
}

/// A position in a script.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    pub(super) tokens: Vec<Token<'t>>,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Cursor { text, at: 0, tokens: Vec::new() }
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn starts_with(&self, what: &str) -> bool {
        self.rest().starts_with(what)
    }

    /// Skips so many bytes, to the end of a character and of the text at most.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    pub(super) fn skip_while(&mut self, fits: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(fits).len();
    }

    /// Skips what begins here and ends with `end`, or the rest of the text.
    pub(super) fn skip_past(&mut self, end: &str) {
        self.at =
            self.rest().find(end).map_or(self.text.len(), |found| self.at + found + end.len());
    }

    pub(super) fn skip_line(&mut self) {
        self.skip_while(|c| c != '\n' && c != '\r');
    }

    /// Skips a text in quotes, escapes with a backslash; without `lines` it ends with its line.
    pub(super) fn skip_quoted(&mut self, quote: char, lines: bool) {
        self.skip(quote.len_utf8());
        while let Some(c) = self.peek() {
            self.skip(c.len_utf8());
            match c {
                '\\' => self.skip(1),
                '\n' if !lines => return,
                c if c == quote => return,
                _ => {}
            }
        }
    }

    /// Adds what was skipped since an offset as a token.
    pub(super) fn push(&mut self, kind: Kind, since: usize) {
        self.tokens.push(Token { kind, text: &self.text[since..self.at], at: since });
    }

    /// Takes the first of some operators that stands here, else one character.
    pub(super) fn punct(&mut self, operators: &[&str]) {
        let since = self.at;
        let operator = operators.iter().find(|operator| self.starts_with(operator));
        self.skip(operator.map_or(1, |operator| operator.len()));
        self.push(Kind::Punct, since);
    }

    /// Takes a name or a number, if one stands here.
    pub(super) fn word(&mut self, begins: fn(char) -> bool) -> bool {
        let since = self.at;
        let Some(first) = self.peek() else { return false };
        let kind = if begins(first) {
            Kind::Name
        } else if first.is_ascii_digit() {
            Kind::Number
        } else {
            return false;
        };
        self.skip_while(|c| begins(c) || c.is_alphanumeric());
        if kind == Kind::Number && self.starts_with(".") && !self.starts_with("..") {
            self.skip(1);
            self.skip_while(|c| c.is_alphanumeric() || c == '_');
        }
        self.push(kind, since);
        true
    }
}

/// How deep the expressions within templates are: for each open template, the braces open in its expression.
#[derive(Default)]
pub(super) struct Templates(Vec<usize>);

impl Templates {
    /// An expression begins within a template.
    pub(super) fn open(&mut self) {
        self.0.push(0);
    }

    /// A brace opens; it may be within an expression.
    pub(super) fn brace(&mut self) {
        if let Some(depth) = self.0.last_mut() {
            *depth += 1;
        }
    }

    /// A brace closes: whether it ends an expression, so that the template goes on.
    pub(super) fn close(&mut self) -> bool {
        match self.0.last_mut() {
            Some(0) => {
                self.0.pop();
                true
            }
            Some(depth) => {
                *depth -= 1;
                false
            }
            None => false,
        }
    }
}
