//! From YAML text to nodes, within bounds that hostile text cannot pass.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::node::{CoreTag, Entry, Kind, Node, Problem, Scalar, Span, Style};

/// How deep maps and lists may nest, aliases included. Recipes need 6.
const MAX_DEPTH: usize = 64;
/// How many nodes a text may have, counted again for each alias. A recipe with 10,000 CIDRs has 10,000.
const MAX_NODES: usize = 500_000;
/// How many bytes of text aliases may repeat.
const MAX_REPEATED: usize = 16 << 20;

/// The documents of a text, up to the first that is not YAML.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) documents: Vec<Node>,
    /// Why there are no more.
    pub(crate) fault: Option<Problem>,
}

/// Parses all documents of a text.
pub(crate) fn parse(text: &str) -> Parsed {
    let mut builder = Builder::new(text);
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        let step = match next {
            Ok((event, span)) => {
                let tag = span.tag_start().and_then(|mark| mark.byte_offset());
                let start = span.start.byte_offset().unwrap_or(0).min(text.len());
                let end = span.end.byte_offset().unwrap_or(start).clamp(start, text.len());
                builder.event(event, Span { start, len: end - start }, tag)
            }
            Err(error) => Err(not_yaml(text, &error)),
        };
        if let Err(fault) = step {
            return Parsed { documents: builder.documents, fault: Some(fault) };
        }
    }
    Parsed { documents: builder.documents, fault: None }
}

fn not_yaml(text: &str, error: &ScanError) -> Problem {
    let mut start = error.marker().byte_offset().unwrap_or(0).min(text.len());
    let what = error.info();
    let mut help = None;
    if what.contains("tab") {
        help = Some("YAML is indented with spaces, never with tabs".to_owned());
        // The parser stops at the end of the line before.
        start = indenting_tab(text, start).unwrap_or(start);
    }
    if what.contains("escape character") {
        help = Some(
            "in double quotes `\\` is written `\\\\`; in single quotes it stands for itself"
                .to_owned(),
        );
    }
    Problem {
        code: "not-yaml",
        span: Span { start, len: 1 },
        message: format!("this is not YAML: {what}"),
        help,
        related: None,
    }
}

/// The first tab in the indentation of the line of an offset, or else of a later one.
fn indenting_tab(text: &str, offset: usize) -> Option<usize> {
    const BREAKS: [char; 2] = ['\n', '\r'];
    let mut line = text.get(..offset)?.rfind(BREAKS).map_or(0, |at| at + 1);
    loop {
        let rest = text.get(line..)?;
        let indentation = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = rest[..indentation].find('\t') {
            return Some(line + tab);
        }
        line += rest.find(BREAKS)? + 1;
    }
}

fn too_much(span: Span, message: &str) -> Problem {
    Problem { code: "too-large", span, message: message.to_owned(), help: None, related: None }
}

/// A list or map whose end has not come yet.
struct Open {
    anchor: usize,
    span: Span,
    problems: Vec<Problem>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    /// Keys and values by turns.
    Map(Vec<(Node, Node)>, Option<Node>),
}

struct Builder<'t> {
    text: &'t str,
    documents: Vec<Node>,
    open: Vec<Open>,
    /// `None` while the anchored list or map is still open.
    anchors: HashMap<usize, Option<Node>>,
    nodes: usize,
    repeated: usize,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Builder {
            text,
            documents: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            repeated: 0,
        }
    }

    fn event(
        &mut self,
        event: Event<'_>,
        span: Span,
        tag_at: Option<usize>,
    ) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let (tag, problem) = scalar_tag(tag.as_deref(), span, tag_at);
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                let kind = Kind::Scalar(Scalar { text: text.into_owned(), style, tag });
                self.close(Node { span, kind, problems: problem.into_iter().collect() }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let content = Content::List(Vec::new());
                self.start(
                    anchor,
                    span,
                    collection_tag(tag.as_deref(), "seq", span, tag_at),
                    content,
                )
            }
            Event::MappingStart(_, anchor, tag) => {
                let content = Content::Map(Vec::new(), None);
                self.start(
                    anchor,
                    span,
                    collection_tag(tag.as_deref(), "map", span, tag_at),
                    content,
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                let problem = Problem {
                    code: "unknown-alias",
                    span,
                    message: format!("`*{name}` refers to no anchor that stands before it"),
                    help: Some(format!("text that begins with `*` is quoted: '*{name}'")),
                    related: None,
                };
                self.close(null(span, problem), 0)
            }
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn start(
        &mut self,
        anchor: usize,
        span: Span,
        problem: Option<Problem>,
        content: Content,
    ) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_much(span, &format!("lists and maps nest more than {MAX_DEPTH} deep")));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        // A block collection's start is empty; its first character stands for the whole.
        let len = self.text[span.start..].chars().next().map_or(0, char::len_utf8);
        let span = Span { start: span.start, len };
        self.open.push(Open { anchor, span, problems: problem.into_iter().collect(), content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let mut node =
            Node { span: open.span, kind: Kind::List(Vec::new()), problems: open.problems };
        match open.content {
            Content::List(items) => node.kind = Kind::List(items),
            Content::Map(pairs, _) => {
                if let Some((key, _)) = pairs.first() {
                    node.span = key.span;
                }
                node.kind = Kind::Map(self.entries(pairs, &mut node.problems)?);
            }
        }
        self.close(node, open.anchor)
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(too_much(node.span, &format!("the file has more than {MAX_NODES} values")));
        }
        if anchor != 0 {
            let copy = self.copy(&node, 0)?;
            self.anchors.insert(anchor, Some(copy));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.documents.push(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map(pairs, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => pairs.push((key, node)),
            },
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Problem> {
        match self.anchors.remove(&anchor) {
            Some(Some(target)) => {
                let copy = self.copy(&target, self.open.len());
                self.anchors.insert(anchor, Some(target));
                self.close(copy.map_err(|problem| Problem { span, ..problem })?, 0)
            }
            open => {
                self.anchors.extend(open.map(|open| (anchor, open)));
                let problem = Problem {
                    code: "unknown-alias",
                    span,
                    message: "an alias stands within what it refers to".to_owned(),
                    help: None,
                    related: None,
                };
                self.close(null(span, problem), 0)
            }
        }
    }

    /// Copies a tree, counting what it adds.
    fn copy(&mut self, node: &Node, depth: usize) -> Result<Node, Problem> {
        if depth > MAX_DEPTH {
            return Err(too_much(node.span, &format!("aliases nest more than {MAX_DEPTH} deep")));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(too_much(
                node.span,
                &format!("with its aliases, the file has more than {MAX_NODES} values"),
            ));
        }
        let kind = match &node.kind {
            Kind::Scalar(scalar) => {
                self.repeated += scalar.text.len();
                if self.repeated > MAX_REPEATED {
                    let what =
                        format!("aliases repeat more than {} MiB of text", MAX_REPEATED >> 20);
                    return Err(too_much(node.span, &what));
                }
                Kind::Scalar(scalar.clone())
            }
            Kind::List(items) => Kind::List(
                items.iter().map(|item| self.copy(item, depth + 1)).collect::<Result<_, _>>()?,
            ),
            Kind::Map(entries) => Kind::Map(
                entries
                    .iter()
                    .map(|entry| {
                        self.repeated += entry.key.len();
                        Ok(Entry {
                            key: entry.key.clone(),
                            key_span: entry.key_span,
                            value: self.copy(&entry.value, depth + 1)?,
                        })
                    })
                    .collect::<Result<_, _>>()?,
            ),
        };
        Ok(Node { span: node.span, kind, problems: node.problems.clone() })
    }

    /// The entries of a map: keys made text, duplicates reported, merge keys (`<<`, YAML 1.1) carried out.
    fn entries(
        &mut self,
        pairs: Vec<(Node, Node)>,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<Entry>, Problem> {
        let mut entries = Vec::with_capacity(pairs.len());
        let mut seen: HashMap<String, Span> = HashMap::with_capacity(pairs.len());
        let mut merges = Vec::new();
        for (key, value) in pairs {
            problems.extend(key.problems);
            let key_span = key.span;
            let Kind::Scalar(scalar) = key.kind else {
                problems.push(Problem {
                    code: "key-not-text",
                    span: key_span,
                    message: "a key is text, not a list or a map".to_owned(),
                    help: Some("text that begins with `[` or `{` is quoted".to_owned()),
                    related: None,
                });
                continue;
            };
            if scalar.text == "<<" && scalar.style == Style::Plain {
                merges.push((key_span, value));
                continue;
            }
            if let Some(first) = seen.get(&scalar.text) {
                problems.push(Problem {
                    code: "duplicate-key",
                    span: key_span,
                    message: format!("`{}` stands twice in one map", scalar.text),
                    help: None,
                    related: Some(("first here".to_owned(), *first)),
                });
                continue;
            }
            seen.insert(scalar.text.clone(), key_span);
            entries.push(Entry { key: scalar.text, key_span, value });
        }
        for (key_span, value) in merges {
            let sources = match value.kind {
                Kind::List(items) => items,
                _ => vec![value],
            };
            for source in sources {
                problems.extend(source.problems);
                let Kind::Map(merged) = source.kind else {
                    problems.push(Problem {
                        code: "bad-merge",
                        span: key_span,
                        message: "`<<` merges maps, or a list of maps".to_owned(),
                        help: None,
                        related: None,
                    });
                    continue;
                };
                for entry in merged {
                    if !seen.contains_key(&entry.key) {
                        seen.insert(entry.key.clone(), entry.key_span);
                        entries.push(entry);
                    }
                }
            }
        }
        Ok(entries)
    }
}

fn null(span: Span, problem: Problem) -> Node {
    let scalar = Scalar { text: String::new(), style: Style::Plain, tag: Some(CoreTag::Null) };
    Node { span, kind: Kind::Scalar(scalar), problems: vec![problem] }
}

fn unknown_tag(tag: &Tag, span: Span, tag_at: Option<usize>) -> Problem {
    let start = tag_at.unwrap_or(span.start);
    let len = tag.original_handle().len() + tag.suffix().len();
    Problem {
        code: "unknown-tag",
        span: Span { start, len },
        message: format!("the tag `{tag}` means nothing here"),
        help: Some("leave it out; text that begins with `!` is quoted".to_owned()),
        related: None,
    }
}

fn scalar_tag(
    tag: Option<&Tag>,
    span: Span,
    tag_at: Option<usize>,
) -> (Option<CoreTag>, Option<Problem>) {
    let Some(tag) = tag else { return (None, None) };
    let known = if tag.handle().is_empty() && tag.suffix() == "!" {
        Some("str")
    } else {
        tag.core_suffix()
    };
    match known {
        Some("str") => (Some(CoreTag::Str), None),
        Some("null") => (Some(CoreTag::Null), None),
        Some("bool") => (Some(CoreTag::Bool), None),
        Some("int") => (Some(CoreTag::Int), None),
        Some("float") => (Some(CoreTag::Float), None),
        _ => (None, Some(unknown_tag(tag, span, tag_at))),
    }
}

fn collection_tag(
    tag: Option<&Tag>,
    core: &str,
    span: Span,
    tag_at: Option<usize>,
) -> Option<Problem> {
    let tag = tag.filter(|tag| tag.core_suffix() != Some(core))?;
    Some(unknown_tag(tag, span, tag_at))
}
