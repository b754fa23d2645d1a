//! The neutral grammar: statements and expressions that mean the same in every language, and the events that they run on.
//!
//! Numbers stay below 2^31 by construction. Text that is cut, compared or changed in case is ASCII: positions and letters mean different things in different
//! languages beyond it; other text is only joined, stored and passed on.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value as Json, json};

/// A program and the events that it runs on, one after another.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) program: Vec<Statement>,
    pub(crate) events: Vec<Json>,
}

/// Variables of each type, all there from the start.
pub(crate) const VARIABLES: usize = 3;

#[derive(Debug, Clone)]
pub(crate) enum Statement {
    SetNumber(usize, Number),
    SetText(usize, Text),
    If(Truth, Vec<Statement>, Vec<Statement>),
    Repeat(u8, Vec<Statement>),
    /// Over `process.args`; the member is in the text variable.
    ForArgs(usize, Vec<Statement>),
    /// Over `background.ancestry`; comm and pid of the member are in the variables.
    ForAncestry(usize, usize, Vec<Statement>),
    /// Over the pairs of the first protocol of `background.flows`; the remote address is in the text variable.
    ForRemotes(usize, Vec<Statement>),
    Log(&'static str, Text),
    /// Sets `process.comm` of the event, which later reads see.
    SetComm(Text),
    /// Sets `data.own`, which was not there.
    SetOwn(Number),
    Call(Call),
    /// Logs a call's result.
    LogResult(Call),
    LogErrno,
    /// Logs a list of the event as JSON.
    LogJson(Listed),
    Fail,
    Leave,
}

/// A list of the event.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Listed {
    Args,
    Envs,
    Actions,
}

#[derive(Debug, Clone)]
pub(crate) enum Number {
    Literal(i32),
    Variable(usize),
    /// A field of `process`; -1 where it is absent.
    Field(&'static str),
    /// `data.own`; -1 where it is absent.
    Own,
    Add(Box<Number>, Box<Number>),
    Subtract(Box<Number>, Box<Number>),
    Times(Box<Number>, i8),
    Length(Box<Ascii>),
    CountOfArgs,
    /// The result of a helper; -9 where that is no number.
    Incr(&'static str, Option<i8>),
    Size,
}

/// ASCII text.
#[derive(Debug, Clone)]
pub(crate) enum Ascii {
    Literal(String),
    /// `process.comm` or `process.exe`; empty where absent.
    Field(&'static str),
    Upper(Box<Ascii>),
    Lower(Box<Ascii>),
    /// From, and how many characters at most.
    Part(Box<Ascii>, u8, u8),
    Join(Box<Ascii>, Box<Ascii>),
    Number(Box<Number>),
}

#[derive(Debug, Clone)]
pub(crate) enum Text {
    Ascii(Ascii),
    Literal(String),
    Variable(usize),
    Cmd,
    Get(String),
    Errno,
    Join(Box<Text>, Box<Text>),
}

#[derive(Debug, Clone)]
pub(crate) enum Truth {
    Literal(bool),
    Less(Number, Number),
    AtMost(Number, Number),
    Same(Number, Number),
    SameText(Text, Text),
    Before(Ascii, Ascii),
    Contains(Ascii, Ascii),
    StartsWith(Ascii, Ascii),
    HasKey(String),
    HasFile,
    Acted(&'static str),
    Not(Box<Truth>),
    And(Box<Truth>, Box<Truth>),
    Or(Box<Truth>, Box<Truth>),
}

/// A helper's call, right or wrong.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) helper: &'static str,
    pub(crate) args: Vec<Argument>,
}

#[derive(Debug, Clone)]
pub(crate) enum Argument {
    Text(Text),
    Number(Number),
    Truth(bool),
    Half,
    Null,
    /// A section of the event, which is an object.
    Process,
    /// A list of the event.
    Args,
}

fn key() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "k é", "", "__proto__", "constructor", "__index", "len"])
        .prop_map(str::to_owned)
}

fn literal() -> impl Strategy<Value = String> {
    let odd = [
        "",
        "wget",
        "ü🦀",
        "a\"b\\c",
        "tab\tand\nline",
        "%d %s %%",
        "${x} {y} `z`",
        "\u{0}",
        "--[[ ]] // /*",
        "1e3",
        "null",
    ];
    prop_oneof![3 => select(odd.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

fn ascii_literal() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["", "wget", "sh", "/", "e", "Z", "a.c", "%a", "\\d"]).prop_map(str::to_owned),
        "[ -~]{0,5}"
    ]
}

fn number() -> BoxedStrategy<Number> {
    let leaf = prop_oneof![
        4 => (-1000..1000_i32).prop_map(Number::Literal),
        3 => (0..VARIABLES).prop_map(Number::Variable),
        2 => select(vec!["pid", "ppid", "uid", "retcode"]).prop_map(Number::Field),
        1 => Just(Number::Own),
        1 => Just(Number::CountOfArgs),
        1 => Just(Number::Size),
        2 => (select(vec!["n", "a", "m"]), any::<Option<i8>>()).prop_map(|(key, by)| Number::Incr(key, by)),
        1 => ascii(1).prop_map(|text| Number::Length(Box::new(text))),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Number::Add(a.into(), b.into())),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Number::Subtract(a.into(), b.into())),
            (inner, -3..4_i8).prop_map(|(a, by)| Number::Times(a.into(), by)),
        ]
    })
    .boxed()
}

fn ascii(depth: u32) -> BoxedStrategy<Ascii> {
    let number = (-1000..1000_i32).prop_map(Number::Literal);
    let leaf = prop_oneof![
        3 => ascii_literal().prop_map(Ascii::Literal),
        3 => select(vec!["comm", "exe"]).prop_map(Ascii::Field),
        1 => number.prop_map(|number| Ascii::Number(Box::new(number))),
    ];
    leaf.prop_recursive(depth, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| Ascii::Upper(a.into())),
            inner.clone().prop_map(|a| Ascii::Lower(a.into())),
            (inner.clone(), 0..4_u8, 0..6_u8).prop_map(|(a, from, count)| Ascii::Part(
                a.into(),
                from,
                count
            )),
            (inner.clone(), inner).prop_map(|(a, b)| Ascii::Join(a.into(), b.into())),
        ]
    })
    .boxed()
}

fn text() -> BoxedStrategy<Text> {
    let leaf = prop_oneof![
        2 => ascii(2).prop_map(Text::Ascii),
        2 => number().prop_map(|number| Text::Ascii(Ascii::Number(number.into()))),
        2 => literal().prop_map(Text::Literal),
        3 => (0..VARIABLES).prop_map(Text::Variable),
        1 => Just(Text::Cmd),
        1 => key().prop_map(Text::Get),
        1 => Just(Text::Errno),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        (inner.clone(), inner).prop_map(|(a, b)| Text::Join(a.into(), b.into()))
    })
    .boxed()
}

fn truth() -> BoxedStrategy<Truth> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Truth::Literal),
        (number(), number()).prop_map(|(a, b)| Truth::Less(a, b)),
        (number(), number()).prop_map(|(a, b)| Truth::AtMost(a, b)),
        (number(), number()).prop_map(|(a, b)| Truth::Same(a, b)),
        (text(), text()).prop_map(|(a, b)| Truth::SameText(a, b)),
        (ascii(2), ascii(2)).prop_map(|(a, b)| Truth::Before(a, b)),
        (ascii(2), ascii(1)).prop_map(|(a, b)| Truth::Contains(a, b)),
        (ascii(2), ascii(1)).prop_map(|(a, b)| Truth::StartsWith(a, b)),
        key().prop_map(Truth::HasKey),
        Just(Truth::HasFile),
        select(vec!["open", "read", "execve"]).prop_map(Truth::Acted),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| Truth::Not(a.into())),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Truth::And(a.into(), b.into())),
            (inner.clone(), inner).prop_map(|(a, b)| Truth::Or(a.into(), b.into())),
        ]
    })
    .boxed()
}

fn call() -> impl Strategy<Value = Call> {
    let helpers = vec![
        "DataSet",
        "DataGet",
        "DataDelete",
        "DataHasKey",
        "DataHasValue",
        "DataIsEmpty",
        "DataKeys",
        "DataValues",
        "DataSize",
        "DataClear",
        "DataPush",
        "DataPop",
        "DataIncr",
        "DataCas",
        "DataSetTtl",
        "NetBlockIp",
        "NetUnblockIp",
        "NetBlockIpTimer",
        "NetBlockDomain",
        "KillCurrent",
        "KillParent",
        "KillProcess",
        "Stat",
        "ReadFile",
        "WriteFile",
        "AppendFile",
        "RemoveDir",
        "PowerOff",
        "Deny",
        "Info",
        "Errno",
        "Now",
        "NowMillis",
    ];
    let argument = prop_oneof![
        3 => key().prop_map(|key| Argument::Text(Text::Literal(key))),
        3 => select(vec!["203.0.113.7", "2001:db8::/32", "127.0.0.1", "evil.example", "/tmp/x", "/nowhere/x", "60", "n"])
            .prop_map(|text| Argument::Text(Text::Literal(text.to_owned()))),
        3 => text().prop_map(Argument::Text),
        3 => number().prop_map(Argument::Number),
        1 => any::<bool>().prop_map(Argument::Truth),
        1 => Just(Argument::Half),
        1 => Just(Argument::Null),
        1 => Just(Argument::Process),
        1 => Just(Argument::Args),
    ];
    (select(helpers), vec(argument, 0..4)).prop_map(|(helper, args)| Call { helper, args })
}

fn statements() -> BoxedStrategy<Vec<Statement>> {
    let leaf = prop_oneof![
        4 => (0..VARIABLES, number()).prop_map(|(at, number)| Statement::SetNumber(at, number)),
        4 => (0..VARIABLES, text()).prop_map(|(at, text)| Statement::SetText(at, text)),
        5 => (select(vec!["Debug", "Info", "Warn", "Error"]), text()).prop_map(|(level, text)| Statement::Log(level, text)),
        1 => text().prop_map(Statement::SetComm),
        1 => number().prop_map(Statement::SetOwn),
        3 => call().prop_map(Statement::Call),
        4 => call().prop_map(Statement::LogResult),
        2 => Just(Statement::LogErrno),
        2 => select(vec![Listed::Args, Listed::Envs, Listed::Actions]).prop_map(Statement::LogJson),
        1 => Just(Statement::Fail),
        1 => Just(Statement::Leave),
    ];
    let statement = leaf.prop_recursive(3, 24, 4, |inner| {
        let block = vec(inner, 0..4);
        prop_oneof![
            3 => (truth(), block.clone(), block.clone()).prop_map(|(truth, yes, no)| Statement::If(truth, yes, no)),
            1 => (0..4_u8, block.clone()).prop_map(|(count, block)| Statement::Repeat(count, block)),
            1 => (0..VARIABLES, block.clone()).prop_map(|(at, block)| Statement::ForArgs(at, block)),
            1 => (0..VARIABLES, 0..VARIABLES, block.clone()).prop_map(|(comm, pid, block)| Statement::ForAncestry(comm, pid, block)),
            1 => (0..VARIABLES, block).prop_map(|(at, block)| Statement::ForRemotes(at, block)),
        ]
    });
    vec(statement, 1..8).boxed()
}

fn process() -> impl Strategy<Value = Json> {
    let ascii = select(vec!["wget", "sh", "", "Zsh-5", "a b"]);
    let optional = |strategy: BoxedStrategy<Json>| proptest::option::weighted(0.8, strategy);
    let number = (0..100_000_i32).prop_map(Json::from).boxed();
    let texts = vec(literal(), 0..3).prop_map(Json::from).boxed();
    (
        optional(ascii.prop_map(Json::from).boxed()),
        optional(select(vec!["/usr/bin/wget", "/bin/sh"]).prop_map(Json::from).boxed()),
        optional(literal().prop_map(Json::from).boxed()),
        optional(texts.clone()),
        optional(texts),
        (
            optional(number.clone()),
            optional(number.clone()),
            optional(number.clone()),
            optional(number),
        ),
    )
        .prop_map(|(comm, exe, cmd, args, envs, (pid, ppid, uid, retcode))| {
            let fields = [
                ("comm", comm),
                ("exe", exe),
                ("cmd", cmd),
                ("args", args),
                ("envs", envs),
                ("pid", pid),
                ("ppid", ppid),
                ("uid", uid),
                ("retcode", retcode),
                ("start", Some("2026-11-24T10:14:00Z".into())),
            ];
            fields
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        })
}

fn event() -> impl Strategy<Value = Json> {
    let addresses =
        vec(select(vec!["203.0.113.7", "198.51.100.2", "2001:db8::5", "10.0.0.9"]), 0..4);
    let file = select(vec![
        None,
        Some(json!({"file": "/etc/passwd", "actions": ["open", "read"]})),
        Some(json!({"file": "/bin/sh", "actions": []})),
    ]);
    (process(), vec(process(), 0..3), proptest::option::of(addresses), file).prop_map(|(process, ancestry, remotes, file)| {
        let mut event = json!({
            "uuid": "u", "timestamp": "2026-11-24T10:15:00Z", "event_type": "execution", "process": process, "background": {"ancestry": ancestry},
        });
        if let Some(file) = file {
            event["file"] = file;
        }
        if let Some(remotes) = remotes {
            let pairs: Vec<Json> = remotes.into_iter().map(|address| json!({"nodes": {"remote": {"address": address}}})).collect();
            event["background"]["flows"] = json!({"ip_version": 4, "protocols": [{"proto": "tcp", "pairs": pairs}]});
        }
        event
    })
}

/// Programs with their events.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    (statements(), vec(event(), 1..3)).prop_map(|(program, events)| Case { program, events })
}
