//! Programs written in each language.

use std::fmt::Write as _;

use crate::program::{Argument, Ascii, Call, Listed, Number, Statement, Text, Truth, VARIABLES};

/// A language that programs are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Js,
    Lua,
    Rhai,
}

use Language::{Js, Lua, Rhai};

impl Language {
    /// Those of this build.
    pub(crate) fn all() -> impl Iterator<Item = Language> {
        let engines = reactant_engines::table();
        [Js, Lua, Rhai].into_iter().filter(move |language| engines.get(language.format()).is_some())
    }

    /// The name as a recipe's `format` writes it.
    pub(crate) fn format(self) -> &'static str {
        self.pick("js", "lua", "rhai")
    }

    fn pick<T>(self, js: T, lua: T, rhai: T) -> T {
        match self {
            Js => js,
            Lua => lua,
            Rhai => rhai,
        }
    }

    /// A program in this language.
    pub(crate) fn program(self, program: &[Statement]) -> String {
        let prelude = self.pick(
            "function show(x) {\n  return typeof x === 'object' && x !== null ? 'object' : String(x ?? 'null');\n}\nfunction process(data) {\n",
            "local function show(x)\n  if x == nil then return 'null' end\n  if type(x) == 'table' or type(x) == 'userdata' then return 'object' end\n  \
             if type(x) == 'number' then return string.format('%d', x) end\n  return tostring(x)\nend\n\
             local function acted(data, name)\n  if data.file == nil then return false end\n  for _, action in ipairs(data.file.actions) do\n    \
             if action == name then return true end\n  end\n  return false\nend\nfunction process(data)\n",
            "fn show(x) {\n  switch type_of(x) {\n    \"()\" => \"null\",\n    \"map\" => \"object\",\n    _ => x.to_string(),\n  }\n}\nfn process(data) {\n",
        );
        let mut out = prelude.to_owned();
        for at in 0..VARIABLES {
            let declare = self.pick("let", "local", "let");
            let _ = writeln!(out, "  {declare} n{at} = {at}; {declare} t{at} = \"\";");
        }
        self.block(&mut out, program, 1);
        out += self.pick("}\n", "end\n", "}\n");
        out
    }

    fn block(self, out: &mut String, block: &[Statement], depth: usize) {
        for statement in block {
            out.push_str(&"  ".repeat(depth));
            self.statement(out, statement, depth);
            out.push('\n');
        }
    }

    fn nested(self, out: &mut String, head: &str, block: &[Statement], depth: usize) {
        out.push_str(head);
        out.push('\n');
        self.block(out, block, depth + 1);
        out.push_str(&"  ".repeat(depth));
        out.push_str(self.pick("}", "end", "}"));
    }

    fn statement(self, out: &mut String, statement: &Statement, depth: usize) {
        let _ = match statement {
            Statement::SetNumber(at, number) => write!(out, "n{at} = {};", self.number(number)),
            Statement::SetText(at, text) => write!(out, "t{at} = {};", self.text(text)),
            Statement::If(truth, yes, no) => {
                let truth = self.truth(truth);
                let head = self.pick(
                    format!("if ({truth}) {{"),
                    format!("if {truth} then"),
                    format!("if {truth} {{"),
                );
                out.push_str(&head);
                out.push('\n');
                self.block(out, yes, depth + 1);
                out.push_str(&"  ".repeat(depth));
                self.nested(out, self.pick("} else {", "else", "} else {"), no, depth);
                Ok(())
            }
            Statement::Repeat(count, block) => {
                let head = self.pick(
                    format!("for (let i = 0; i < {count}; i += 1) {{"),
                    format!("for i = 1, {count} do"),
                    format!("for i in 0..{count} {{"),
                );
                self.nested(out, &head, block, depth);
                Ok(())
            }
            Statement::ForArgs(at, block) => {
                let head = self.each("data.process.args", &format!("t{at} = each;"));
                self.nested(out, &head, block, depth);
                Ok(())
            }
            Statement::ForAncestry(comm, pid, block) => {
                let or = self.or();
                let set = format!("t{comm} = (each.comm {or} \"\"); n{pid} = (each.pid {or} -1);");
                self.nested(out, &self.each("data.background.ancestry", &set), block, depth);
                Ok(())
            }
            Statement::ForRemotes(at, block) => {
                let there = self.pick(
                    "if (data.background.flows !== undefined) {",
                    "if data.background.flows ~= nil then",
                    "if data.background.flows != () {",
                );
                let _ = write!(out, "{there} ");
                let head = self.each(
                    "data.background.flows.protocols[0].pairs",
                    &format!("t{at} = each.nodes.remote.address;"),
                );
                let head = if self == Lua { head.replace("[0]", "[1]") } else { head };
                self.nested(out, &head, block, depth);
                write!(out, " {}", self.pick("}", "end", "}"))
            }
            Statement::Log(level, text) => write!(out, "{level}({});", self.text(text)),
            Statement::SetComm(text) => write!(out, "data.process.comm = {};", self.text(text)),
            Statement::SetOwn(number) => write!(out, "data.own = {};", self.number(number)),
            Statement::Call(call) => write!(out, "{};", self.call(call)),
            Statement::LogResult(call) => write!(out, "Info(show({}));", self.call(call)),
            Statement::LogErrno => write!(out, "Info(\"[\" {} Errno());", self.join()),
            Statement::LogJson(listed) => {
                let list = match listed {
                    Listed::Args => "data.process.args",
                    Listed::Envs => "data.process.envs",
                    Listed::Actions => "data.file.actions",
                };
                let (some, none) = self.pick(
                    (format!("{list} ?? []"), "data.file !== undefined"),
                    (format!("{list} or json.decode('[]')"), "data.file ~= nil"),
                    (format!("{list} ?? []"), "data.file != ()"),
                );
                let encode = self.pick("JSON.stringify", "json.encode", "to_json");
                let log = format!("Info({encode}({some}));");
                match listed {
                    Listed::Actions => {
                        let (then, end) = self.pick(
                            (format!("if ({none}) {{"), "}"),
                            (format!("if {none} then"), "end"),
                            (format!("if {none} {{"), "}"),
                        );
                        write!(out, "{then} {log} {end}")
                    }
                    _ => write!(out, "{log}"),
                }
            }
            Statement::Fail => write!(
                out,
                "{}",
                self.pick(
                    "throw new Error('on purpose');",
                    "error('on purpose');",
                    "throw \"on purpose\";"
                )
            ),
            Statement::Leave => write!(out, "{}", self.pick("return;", "do return end", "return;")),
        };
    }

    /// The head of a loop over a list that may be absent, and what it sets first.
    fn each(self, list: &str, set: &str) -> String {
        self.pick(
            format!("for (const each of {list} ?? []) {{ {set}"),
            format!("for _, each in ipairs({list} or {{}}) do {set}"),
            format!("for each in {list} ?? [] {{ {set}"),
        )
    }

    fn or(self) -> &'static str {
        self.pick("??", "or", "??")
    }

    fn join(self) -> &'static str {
        self.pick("+", "..", "+")
    }

    fn number(self, number: &Number) -> String {
        let or = self.or();
        match number {
            Number::Literal(number) => format!("({number})"),
            Number::Variable(at) => format!("n{at}"),
            Number::Field(field) => format!("(data.process.{field} {or} -1)"),
            Number::Own => format!("(data.own {or} -1)"),
            Number::Add(a, b) => format!("({} + {})", self.number(a), self.number(b)),
            Number::Subtract(a, b) => format!("({} - {})", self.number(a), self.number(b)),
            Number::Times(a, by) => format!("({} * ({by}))", self.number(a)),
            Number::Length(text) => {
                let text = self.ascii(text);
                self.pick(format!("{text}.length"), format!("#{text}"), format!("{text}.len()"))
            }
            Number::CountOfArgs => self.pick(
                "(data.process.args ?? []).length".to_owned(),
                "#(data.process.args or {})".to_owned(),
                "(data.process.args ?? []).len()".to_owned(),
            ),
            Number::Incr(key, by) => {
                let by = by.map_or(String::new(), |by| format!(", {by}"));
                format!("(DataIncr(\"{key}\"{by}) {or} -9)")
            }
            Number::Size => "DataSize()".to_owned(),
        }
    }

    fn ascii(self, text: &Ascii) -> String {
        let or = self.or();
        match text {
            Ascii::Literal(text) => format!("({})", self.literal(text)),
            Ascii::Field(field) => {
                // `comm` may have been set to other text.
                let field = if *field == "comm" { "exe" } else { field };
                format!("(data.process.{field} {or} \"\")")
            }
            Ascii::Upper(text) => {
                let text = self.ascii(text);
                self.pick(
                    format!("{text}.toUpperCase()"),
                    format!("string.upper({text})"),
                    format!("{text}.to_upper()"),
                )
            }
            Ascii::Lower(text) => {
                let text = self.ascii(text);
                self.pick(
                    format!("{text}.toLowerCase()"),
                    format!("string.lower({text})"),
                    format!("{text}.to_lower()"),
                )
            }
            Ascii::Part(text, from, count) => {
                let text = self.ascii(text);
                self.pick(
                    format!("{text}.slice({from}, {})", from + count),
                    format!("string.sub({text}, {}, {})", from + 1, from + count),
                    format!("{text}.sub_string({from}, {count})"),
                )
            }
            Ascii::Join(a, b) => format!("({} {} {})", self.ascii(a), self.join(), self.ascii(b)),
            Ascii::Number(number) => {
                let number = self.number(number);
                self.pick(
                    format!("String({number})"),
                    format!("string.format('%d', {number})"),
                    format!("{number}.to_string()"),
                )
            }
        }
    }

    fn text(self, text: &Text) -> String {
        match text {
            Text::Ascii(text) => self.ascii(text),
            Text::Literal(text) => self.literal(text),
            Text::Variable(at) => format!("t{at}"),
            Text::Cmd => format!("(data.process.cmd {} \"\")", self.or()),
            Text::Get(key) => format!("DataGet({})", self.literal(key)),
            Text::Errno => "Errno()".to_owned(),
            Text::Join(a, b) => format!("({} {} {})", self.text(a), self.join(), self.text(b)),
        }
    }

    fn truth(self, truth: &Truth) -> String {
        let same = self.pick("===", "==", "==");
        match truth {
            Truth::Literal(truth) => truth.to_string(),
            Truth::Less(a, b) => format!("({} < {})", self.number(a), self.number(b)),
            Truth::AtMost(a, b) => format!("({} <= {})", self.number(a), self.number(b)),
            Truth::Same(a, b) => format!("({} {same} {})", self.number(a), self.number(b)),
            Truth::SameText(a, b) => format!("({} {same} {})", self.text(a), self.text(b)),
            Truth::Before(a, b) => format!("({} < {})", self.ascii(a), self.ascii(b)),
            Truth::Contains(a, b) => {
                let (a, b) = (self.ascii(a), self.ascii(b));
                self.pick(
                    format!("{a}.includes({b})"),
                    format!("(string.find({a}, {b}, 1, true) ~= nil)"),
                    format!("{a}.contains({b})"),
                )
            }
            Truth::StartsWith(a, b) => {
                let (a, b) = (self.ascii(a), self.ascii(b));
                self.pick(
                    format!("{a}.startsWith({b})"),
                    format!("(string.sub({a}, 1, #{b}) == {b})"),
                    format!("{a}.starts_with({b})"),
                )
            }
            Truth::HasKey(key) => format!("DataHasKey({})", self.literal(key)),
            Truth::HasFile => self
                .pick("(data.file !== undefined)", "(data.file ~= nil)", "(data.file != ())")
                .to_owned(),
            Truth::Acted(action) => self.pick(
                format!("(data.file !== undefined && data.file.actions.includes(\"{action}\"))"),
                format!("acted(data, \"{action}\")"),
                format!("(data.file != () && (\"{action}\" in data.file.actions))"),
            ),
            Truth::Not(truth) => format!("{}({})", self.pick("!", "not ", "!"), self.truth(truth)),
            Truth::And(a, b) => {
                format!("({} {} {})", self.truth(a), self.pick("&&", "and", "&&"), self.truth(b))
            }
            Truth::Or(a, b) => {
                format!("({} {} {})", self.truth(a), self.pick("||", "or", "||"), self.truth(b))
            }
        }
    }

    fn call(self, call: &Call) -> String {
        let args = call.args.iter().map(|argument| match argument {
            Argument::Text(text) => self.text(text),
            Argument::Number(number) => self.number(number),
            Argument::Truth(truth) => truth.to_string(),
            Argument::Half => "1.5".to_owned(),
            // As an absent field of the event reads.
            Argument::Null => self.pick("undefined", "nil", "()").to_owned(),
            Argument::Process => "data.process".to_owned(),
            Argument::Args => "data.process.args".to_owned(),
        });
        format!("{}({})", call.helper, args.collect::<Vec<_>>().join(", "))
    }

    /// A text as the language quotes it.
    pub(crate) fn literal(self, text: &str) -> String {
        let mut quoted = String::from("\"");
        for c in text.chars() {
            let _ = match c {
                '"' | '\\' => write!(quoted, "\\{c}"),
                c if u32::from(c) < 0x20 || c == '\u{7f}' => match self {
                    Lua => write!(quoted, "\\{:03}", u32::from(c)),
                    _ => write!(quoted, "\\u{:04x}", u32::from(c)),
                },
                c => write!(quoted, "{c}"),
            };
        }
        quoted + "\""
    }
}
