//! The tree: scalars, lists and maps, each with the bytes of the text that it came from.

/// A range of bytes of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    /// The offset of the first byte.
    pub(crate) start: usize,
    /// How many bytes; 0 for a value that was left out.
    pub(crate) len: usize,
}

/// A value and where it stands; for what an alias stands for, that is where the anchor is.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// A scalar's text, the first key of a map, the first character of a list.
    pub(crate) span: Span,
    pub(crate) kind: Kind,
    /// What is wrong with the node as YAML; whoever uses the tree reports them.
    pub(crate) problems: Vec<Problem>,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value. Keys are unique within a map.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) style: Style,
    /// A tag that says what the text is (`!!str 5`), whatever it looks like.
    pub(crate) tag: Option<CoreTag>,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// In single or double quotes.
    Quoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// The scalar tags of the core schema (YAML 1.2.2, 10.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoreTag {
    Str,
    Null,
    Bool,
    Int,
    Float,
}

/// Something that is wrong with the text as YAML, though it can be parsed.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) related: Option<(String, Span)>,
}

/// What a scalar means by the core schema (YAML 1.2.2, 10.3.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Resolved<'n> {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is no 64-bit integer.
    Float,
    Text(&'n str),
}

impl Scalar {
    pub(crate) fn resolve(&self) -> Resolved<'_> {
        let text = self.text.as_str();
        match self.tag {
            Some(CoreTag::Str) => return Resolved::Text(text),
            Some(CoreTag::Null) => return Resolved::Null,
            None if self.style != Style::Plain => return Resolved::Text(text),
            _ => {}
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
            "true" | "True" | "TRUE" => return Resolved::Bool(true),
            "false" | "False" | "FALSE" => return Resolved::Bool(false),
            _ => {}
        }
        match integer(text) {
            Some(Some(number)) => Resolved::Int(number),
            Some(None) => Resolved::Float,
            None if is_float(text) => Resolved::Float,
            None => Resolved::Text(text),
        }
    }
}

/// `None`: no integer; `Some(None)`: one beyond 64 bits.
fn integer(text: &str) -> Option<Option<i64>> {
    let all =
        |digits: &str, is: fn(&u8) -> bool| !digits.is_empty() && digits.bytes().all(|b| is(&b));
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit).then(|| i64::from_str_radix(digits, 16).ok());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |b| (b'0'..=b'7').contains(b))
            .then(|| i64::from_str_radix(digits, 8).ok());
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    all(digits, u8::is_ascii_digit).then(|| text.parse().ok())
}

fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&unsigned) {
        return true;
    }
    unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b))
        && unsigned.parse::<f64>().is_ok()
}

impl Node {
    /// What the node is, with its article, as messages name it.
    pub(crate) fn described(&self) -> &'static str {
        match &self.kind {
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
            Kind::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => "nothing",
                Resolved::Bool(_) => "a boolean",
                Resolved::Int(_) | Resolved::Float => "a number",
                Resolved::Text(_) => "text",
            },
        }
    }

    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(crate) fn resolve(&self) -> Option<Resolved<'_>> {
        self.scalar().map(Scalar::resolve)
    }

    /// The text, where it is text and not something else written without quotes.
    pub(crate) fn text(&self) -> Option<&str> {
        match self.resolve()? {
            Resolved::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self.resolve()? {
            Resolved::Int(number) => Some(number),
            _ => None,
        }
    }

    /// Whether it stands for a value that YAML could not give, as an unknown alias: that was reported, and the null in its place is no mistake.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_null() && !self.problems.is_empty()
    }

    pub(crate) fn is_null(&self) -> bool {
        self.resolve() == Some(Resolved::Null)
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// Calls a function for every node of the tree, parents first.
    pub(crate) fn walk(&self, visit: &mut dyn FnMut(&Node)) {
        visit(self);
        match &self.kind {
            Kind::Scalar(_) => {}
            Kind::List(items) => items.iter().for_each(|item| item.walk(visit)),
            Kind::Map(entries) => entries.iter().for_each(|entry| entry.value.walk(visit)),
        }
    }
}

impl Entry {
    /// Where to point for a problem with the value: at the key where the value was left out.
    pub(crate) fn span(&self) -> Span {
        if self.value.span.len == 0 { self.key_span } else { self.value.span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Scalar {
        Scalar { text: text.to_owned(), style: Style::Plain, tag: None }
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, want) in [
            ("~", Resolved::Null),
            ("true", Resolved::Bool(true)),
            ("yes", Resolved::Text("yes")),
            ("-12", Resolved::Int(-12)),
            ("0x1F", Resolved::Int(31)),
            ("0o17", Resolved::Int(15)),
            ("99999999999999999999", Resolved::Float),
            ("1.0", Resolved::Float),
            ("1e3", Resolved::Float),
            (".inf", Resolved::Float),
            ("2.1.0", Resolved::Text("2.1.0")),
            ("10.0.0.0", Resolved::Text("10.0.0.0")),
            ("-", Resolved::Text("-")),
            ("0x", Resolved::Text("0x")),
            ("1e", Resolved::Text("1e")),
            ("infinity", Resolved::Text("infinity")),
        ] {
            assert_eq!(plain(text).resolve(), want, "{text}");
        }
    }

    #[test]
    fn quotes_and_tags_make_text() {
        let quoted = Scalar { style: Style::Quoted, ..plain("true") };
        assert_eq!(quoted.resolve(), Resolved::Text("true"));
        let tagged = Scalar { tag: Some(CoreTag::Str), ..plain("5") };
        assert_eq!(tagged.resolve(), Resolved::Text("5"));
        let number = Scalar { tag: Some(CoreTag::Int), style: Style::Quoted, ..plain("5") };
        assert_eq!(number.resolve(), Resolved::Int(5));
    }
}
