//! Programs from a grammar of templates.
//!
//! In a template `$x` stands for something else: `$e` an expression, `$s` some statements, `$v` a variable, `$n` a number, `$t` a text, `$p` a pattern, `$k` a key,
//! `$f` a function of the standard library, `$m` a method, `$h` a helper, `$a` arguments, `$u` a name of its own, `$$` a dollar sign.

use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// A language, as far as the generator speaks it.
pub(super) struct Grammar {
    /// The whole: `$s` is the body of `process`, `$d` top-level declarations.
    pub(super) programs: &'static [&'static str],
    pub(super) declarations: &'static [&'static str],
    /// What ends a statement.
    pub(super) end: &'static str,
    /// What stands around most statements, so that one that fails is not the last.
    pub(super) guard: [&'static str; 2],
    pub(super) statements: &'static [&'static str],
    /// The first has no parts: with it everything ends.
    pub(super) expressions: &'static [&'static str],
    /// What `$n` may be beside the numbers of all languages.
    pub(super) numbers: &'static [&'static str],
    /// Literals, with their quotes.
    pub(super) texts: &'static [&'static str],
    /// Literals or texts, as the language's patterns are.
    pub(super) patterns: &'static [&'static str],
    pub(super) functions: &'static [&'static str],
    pub(super) methods: &'static [&'static str],
}

const VARIABLES: &[&str] = &["a", "b", "c", "f", "g", "list", "map", "text", "n", "data"];
const KEYS: &[&str] = &[
    "custom",
    "process",
    "args",
    "file",
    "flow",
    "background",
    "ancestry",
    "deep",
    "drop",
    "n",
    "length",
    "a",
    "b",
    "x",
    "base",
    "metadata",
    "path",
    "actions",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "7",
    "10",
    "0.5",
    "-0.0",
    "100",
    "255",
    "256",
    "1000",
    "65535",
    "65536",
    "100000",
    "1000000",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740991",
    "9007199254740993",
    "9223372036854775807",
    "1e15",
    "1e100",
    "1e308",
    "-2147483648",
    "-9223372036854775807",
];
const HELPERS: &[&str] = &[
    "Keep",
    "Info",
    "Errno",
    "DataSet",
    "DataGet",
    "DataIncr",
    "DataPush",
    "DataKeys",
    "DataCas",
    "DataDelete",
    "ReadFile",
    "Stat",
    "WriteFile",
    "NowMillis",
    "KillCurrent",
    "NetBlockIp",
    "Deny",
    "Error",
];

/// The longest program, in bytes; about.
const LONGEST: usize = 8 << 10;
/// The deepest nesting of what is chosen.
const DEEPEST: usize = 9;

impl Grammar {
    /// A program as the input chooses it.
    pub(super) fn write(&self, u: &mut Unstructured<'_>) -> Result<String> {
        let mut out = String::with_capacity(1024);
        let template = u.choose(self.programs)?;
        self.fill(u, template, 0, &mut out)?;
        Ok(out)
    }

    fn fill(
        &self,
        u: &mut Unstructured<'_>,
        template: &str,
        depth: usize,
        out: &mut String,
    ) -> Result<()> {
        let mut parts = template.split('$');
        out.push_str(parts.next().unwrap_or_default());
        while let Some(part) = parts.next() {
            let mut rest = part.chars();
            let Some(kind) = rest.next() else {
                // `$$`: the part after it is text.
                out.push('$');
                out.push_str(parts.next().unwrap_or_default());
                continue;
            };
            self.part(u, kind, depth + 1, out)?;
            out.push_str(rest.as_str());
        }
        Ok(())
    }

    fn part(
        &self,
        u: &mut Unstructured<'_>,
        kind: char,
        depth: usize,
        out: &mut String,
    ) -> Result<()> {
        let over = depth > DEEPEST || out.len() > LONGEST || u.is_empty();
        match kind {
            'e' if over => out.push_str(self.expressions[0]),
            'e' => {
                let template = u.choose(self.expressions)?;
                self.fill(u, template, depth, out)?;
            }
            's' | 'd' => {
                let from = if kind == 's' { self.statements } else { self.declarations };
                let most = if over {
                    0
                } else if depth < 3 {
                    8
                } else {
                    3
                };
                for _ in 0..u.int_in_range(0..=most)? {
                    let template = u.choose(from)?;
                    let guarded = kind == 's' && depth < 4 && u.ratio(3, 4)?;
                    let [before, after] = if guarded { self.guard } else { ["", ""] };
                    out.push_str(before);
                    self.fill(u, template, depth, out)?;
                    out.push_str(after);
                    out.push_str(self.end);
                    out.push('\n');
                }
            }
            'a' => {
                let count = if over { 0 } else { u.int_in_range(0..=4)? };
                for index in 0..count {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    self.part(u, 'e', depth, out)?;
                }
            }
            'n' if u.arbitrary::<u8>()? % 4 == 0 => out.push_str(u.choose(self.numbers)?),
            'n' => out.push_str(u.choose(NUMBERS)?),
            'u' => out.push_str(&format!("u{}", out.len())),
            'v' => out.push_str(u.choose(VARIABLES)?),
            'k' => out.push_str(u.choose(KEYS)?),
            't' => out.push_str(u.choose(self.texts)?),
            'p' => out.push_str(u.choose(self.patterns)?),
            'f' => out.push_str(u.choose(self.functions)?),
            'm' => out.push_str(u.choose(self.methods)?),
            'h' => out.push_str(u.choose(HELPERS)?),
            other => out.push(other),
        }
        Ok(())
    }
}
