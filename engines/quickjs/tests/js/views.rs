//! `data` behaves as a plain object, whatever is done to it: each program runs once on the view and once on what `JSON.parse` makes of the same text.

use proptest::prelude::*;
use reactant_core::packed::{Builder, Key, Packed};

use super::host::*;

/// What a program's steps do; `P` is an expression for some value in the tree, `K` a key, `V` a value.
const STEPS: &[&str] = &[
    "log(show(P))",
    "log(typeof P)",
    "log(JSON.stringify(P))",
    "log(JSON.stringify(P, null, 2))",
    "log(JSON.stringify(P, undefined, 12))",
    "log(JSON.stringify(P, null, 1.9))",
    "log(JSON.stringify(P, null, '--'))",
    "log(JSON.stringify(P, null, 'é'))",
    "log(JSON.stringify(P, null, 'longer than ten'))",
    "log(JSON.stringify(P, null, -1))",
    "log(JSON.stringify(P, null, NaN))",
    "log(JSON.stringify(P, null, null))",
    "log(JSON.stringify(P, null, new Number(3)))",
    "log(JSON.stringify(P, ['pid', K, 0]))",
    "log(JSON.stringify(P, (k, v) => k === K ? undefined : v))",
    "log(JSON.stringify([P, { x: P }]))",
    "log(JSON.stringify(Object.keys(P)))",
    "log(show(Object.values(P)))",
    "log(show(Object.entries(P)))",
    "for (const k in P) log(k)",
    "log(show({ ...P }))",
    "{ const { pid, ...rest } = P; log(show(pid)); log(show(rest)) }",
    "{ const { [K]: one = 'default', ...rest } = P; log(show(one)); log(show(rest)) }",
    "log(K in P)",
    "log(Object.hasOwn(P, K))",
    "log(P.hasOwnProperty(K))",
    "log(P.propertyIsEnumerable(K))",
    "log(Reflect.has(P, K))",
    "log(show(Reflect.get(P, K)))",
    "log(show(Reflect.ownKeys(P)))",
    "log(show(Object.getOwnPropertyNames(P)))",
    "log(Object.getOwnPropertySymbols(P).length)",
    "log(show(Object.getOwnPropertyDescriptor(P, K)))",
    "log(show(Object.getOwnPropertyDescriptors(P)))",
    "P[K] = V",
    "P.pid = V; log(show(P.pid))",
    "P[K] += 'x'",
    "P[K] ??= V",
    "P[Symbol.for('s')] = V; log(Object.getOwnPropertySymbols(P).length)",
    "log(delete P[K])",
    "delete P[K]; P[K] = V; log(show(P))",
    "'use strict'; log(Reflect.deleteProperty(P, K))",
    "log(Reflect.set(P, K, V))",
    "{ const other = { own: 1 }; log(Reflect.set(P, K, V, other)); log(show(other)) }",
    "log(Reflect.defineProperty(P, K, { value: V }))",
    "Object.defineProperty(P, K, { enumerable: false })",
    "Object.defineProperty(P, K, { writable: false }); P[K] = 1; log(show(P[K]))",
    "Object.defineProperty(P, K, { get() { return 'got' }, configurable: true, enumerable: true })",
    "Object.defineProperties(P, { [K]: { value: V, enumerable: true }, q: { value: 2 } })",
    "Object.freeze(P); log(Object.isFrozen(P))",
    "Object.seal(P); log(Object.isSealed(P))",
    "Object.preventExtensions(P); log(Object.isExtensible(P))",
    "log(Reflect.preventExtensions(P))",
    "log(Object.isFrozen(P)); log(Object.isSealed(P)); log(Object.isExtensible(P))",
    "Object.setPrototypeOf(P, { inherited: 1, [K]: 'above' }); log(P.inherited); log(show(P[K]))",
    "Object.setPrototypeOf(P, { toJSON() { return 'above' } })",
    "Object.setPrototypeOf(P, null)",
    "P.__proto__ = { inherited: 2 }; log(P.inherited)",
    "log(Object.getPrototypeOf(P) === Object.prototype)",
    "log(show(Object.assign({}, P)))",
    "Object.assign(P, { [K]: V, zz: 1 })",
    "log(show(Object.fromEntries(Object.entries(P))))",
    "log(P.toString())",
    "log(Object.prototype.toString.call(P))",
    "log(`${P}`)",
    "log(P + '')",
    "log(P == P); log(P === P); log(P.valueOf() === P)",
    "log(Array.isArray(P)); log(P instanceof Object); log(P.constructor === Object)",
    "{ const child = Object.create(P); log(show(child[K])); child[K] = V; log(show(child[K])); log(show(P[K])); for (const k in child) log(k) }",
    "{ const p = new Proxy(P, {}); log(show(p[K])); log(show(Object.keys(p))); log(K in p); p[K] = V; log(show(P[K])); delete p.pid; log(show(P)) }",
    "{ const p = new Proxy(P, {}); Object.preventExtensions(p); p.fresh = 1; log(show(P)); P[K] = V; log(show(P)) }",
    "{ const p = new Proxy(P, {}); Object.freeze(p); log(Object.isFrozen(P)) }",
    "P.push(V); log(show(P))",
    "P.sort(); log(show(P))",
    "log(show(P.map(x => typeof x)))",
    "P.splice(0, 1); log(show(P))",
    "P.length = 0; log(show(P))",
    "P[0] = V; log(show(P))",
    "log(show([...P]))",
    "log(show(Array.from(P)))",
    "log(show(P.at?.(-1))); log(P.length)",
    "Object.prototype.toJSON = function () { return 'all' }",
    "Array.prototype.toJSON = function () { return 'lists' }",
    "Object.defineProperty(Object.prototype, 'toJSON', { get() { log('getter'); return undefined }, configurable: true })",
    "Object.setPrototypeOf(Array.prototype, { toJSON() { return 'odd' }, __proto__: Object.prototype })",
    "String.prototype.toJSON = function () { return 'text' }",
    "delete Object.prototype.toJSON",
    "P.toJSON = () => 'own'",
    "JSON.stringify = () => 'replaced'",
    "{ class Stamp extends (function (o) { return o }) { #x = 1; static has(o) { return #x in o } } new Stamp(P); log(Stamp.has(P)) }",
    "with (P) { log(typeof pid); log(typeof name) }",
    "with (P) { pid = V }",
    "{ const m = new Map([[P, 1]]); log(m.get(P)); const w = new WeakMap([[P, 2]]); log(w.get(P)) }",
    "log(show(Object.groupBy(Object.keys(P), k => k.length)))",
    "{ let n = 0; for (const k in P) { delete P[k]; n++ } log(n); log(show(P)) }",
    "{ for (const k in P) P[k + '_'] = 1; log(show(P)) }",
    "P[K][K] = V",
    "{ const held = P; P[K] = held; log(held[K] === held) }",
    "for (let i = 0; i < 40; i++) P['many' + i] = i; for (let i = 0; i < 30; i++) delete P['many' + i]; log(show(P))",
    "if (Math.random() >= 0) for (let i = 0; i < 200; i++) { const garbage = { held: P }; garbage.self = garbage }",
];

/// Keys of the event, keys it does not know, and keys that objects treat in their own way.
const KEYS: &[&str] = &[
    "pid",
    "name",
    "cmd",
    "uid",
    "process",
    "file",
    "own",
    "x-1",
    "0",
    "12",
    "01",
    "__proto__",
    "toJSON",
    "length",
    "constructor",
    "hasOwnProperty",
    "é",
    "",
    "nul\0key",
    "4294967295",
    "4294967294",
];

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        Just(9_007_199_254_740_993_i64.into()),
        (1.0..1e9f64).prop_map(Into::into),
        // `-0.0` has no neutral form.
        any::<f64>().prop_filter("not -0", |x| *x != 0.0).prop_map(Into::into),
        "[a-zé\"\\\\\u{1f600}]{0,6}".prop_map(Into::into),
    ];
    // Mostly maps of known names, since those are the views.
    let map = |inner: BoxedStrategy<serde_json::Value>, keys: &'static [&'static str]| {
        prop::collection::btree_map(prop::sample::select(keys), inner, 0..6).prop_shuffle_map()
    };
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let inner = inner.boxed();
        prop_oneof![
            4 => map(inner.clone(), &KEYS[..6]),
            1 => map(inner.clone(), KEYS),
            1 => prop::collection::vec(inner, 0..4).prop_map(serde_json::Value::Array),
        ]
    })
}

trait ShuffleMap {
    fn prop_shuffle_map(self) -> BoxedStrategy<serde_json::Value>;
}

impl<S> ShuffleMap for S
where
    S: Strategy<Value = std::collections::BTreeMap<&'static str, serde_json::Value>> + 'static,
{
    /// A map whose keys are not in alphabetical order.
    fn prop_shuffle_map(self) -> BoxedStrategy<serde_json::Value> {
        self.prop_flat_map(|map| Just(map.into_iter().collect::<Vec<_>>()).prop_shuffle())
            .prop_map(|entries| {
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            })
            .boxed()
    }
}

fn step() -> impl Strategy<Value = String> {
    let key = prop::sample::select(KEYS).prop_map(|key| serde_json::to_string(key).unwrap());
    let path = prop::collection::vec(
        prop_oneof![
            4 => any::<prop::sample::Index>().prop_map(|index| format!("#{}", index.index(8))),
            1 => key.clone(),
        ],
        0..4,
    );
    let value =
        prop::sample::select(&["1", "'v'", "null", "{ n: [1] }", "[]", "undefined", "data"][..]);
    (prop::sample::select(STEPS), path, key, value).prop_map(|(step, path, key, value)| {
        // `#n` is the n-th of the keys that the value really has, so that programs reach what is there.
        let path: Vec<String> = path
            .iter()
            .map(|part| match part.strip_prefix('#') {
                Some(index) => format!("{{ nth: {index} }}"),
                None => part.clone(),
            })
            .collect();
        let step = replace_word(step, "P", &format!("at(data, [{}])", path.join(", ")));
        replace_word(&replace_word(&step, "K", &key), "V", value)
    })
}

/// Replaces a one-letter word where it stands alone.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        if word.starts_with(c) && !part(before) && !rest.peek().copied().is_some_and(part) {
            out.push_str(with);
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

fn program(steps: &[String], data: &str) -> String {
    let steps: Vec<String> = steps
        .iter()
        .map(|step| format!("try {{ {step} }} catch (e) {{ log(e.name + ': ' + e.message) }}"))
        .collect();
    format!(
        "const stringify = JSON.stringify, keys = Reflect.ownKeys, proto = Object.getPrototypeOf, describe = Object.getOwnPropertyDescriptor;
        const isArray = Array.isArray, lines = [], join = (a, s) => {{ let t = ''; for (let i = 0; i < a.length; i++) t += (i ? s : '') + a[i]; return t }};
        const log = x => {{ lines[lines.length] = String(x) }};
        const at = (o, path) => {{
            for (let i = 0; i < path.length; i++) {{
                if (o === null || typeof o !== 'object') return o;
                let k = path[i];
                if (typeof k === 'object') {{ const all = keys(o); k = all[k.nth % (all.length || 1)]; if (k === undefined) return o }}
                o = o[k];
            }}
            return o;
        }};
        // A text that tells apart whatever is not the same, without JSON.
        const show = (v, seen = []) => {{
            if (typeof v === 'string') return '\"' + v + '\"';
            if (typeof v === 'symbol' || typeof v === 'function') return typeof v;
            if (v === null || typeof v !== 'object') return String(v);
            for (let i = 0; i < seen.length; i++) if (seen[i] === v) return 'cycle';
            seen = [...seen, v];
            const parts = [], all = keys(v);
            for (let i = 0; i < all.length; i++) {{
                const d = describe(v, all[i]);
                parts[i] = String(all[i]) + (d.enumerable ? '' : '-e') + (d.writable ? '' : '-w') + (d.configurable ? '' : '-c') + ':' + (d.get ? 'get' : show(d.value, seen));
            }}
            const above = proto(v) === Object.prototype ? '' : proto(v) === Array.prototype ? 'A' : proto(v) === null ? 'N' : '^';
            return above + (isArray(v) ? '[' : '{{') + join(parts, ',') + (isArray(v) ? ']' : '}}');
        }};
        function process(event) {{
            data = {data};
            {}
            log(show(data));
            Info(join(lines, '\\n'));
        }}",
        steps.join("\n            ")
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_view_cannot_be_told_from_a_plain_object(json in json(), steps in prop::collection::vec(step(), 1..12)) {
        thread_local!(static MACHINE: std::cell::RefCell<(u32, Box<dyn reactant_core::engine::Machine>)> =
            std::cell::RefCell::new((0, machine())));
        MACHINE.with_borrow_mut(|(used, machine)| {
            // A machine keeps every script.
            *used += 1;
            if used.is_multiple_of(200) {
                *machine = super::host::machine();
            }
            let text = json.to_string();
            let data = Packed::of(&json.into());
            let mut logs = Vec::new();
            for source in ["event".to_owned(), format!("JSON.parse({})", serde_json::to_string(&text).unwrap())] {
                let program = program(&steps, &source);
                let script = load(&mut **machine, &program).unwrap();
                let mut host = Host::default();
                let outcome = run_on(&mut **machine, script, &data, &mut host, &limits());
                logs.push((outcome.map_err(|halt| halt.to_string()), host.logged().join("\n")));
            }
            prop_assert_eq!(&logs[0], &logs[1], "{} on {}", steps.join("\n"), text);
            Ok(())
        })?;
    }
}

#[test]
fn every_step_runs() {
    let steps: Vec<String> = STEPS
        .iter()
        .map(|step| {
            let step = replace_word(step, "P", "at(data, ['process'])");
            replace_word(&replace_word(&step, "K", "'pid'"), "V", "1")
        })
        .collect();
    for step in &steps {
        let (outcome, host) = run(
            &program(std::slice::from_ref(step), "event"),
            r#"{"process":{"pid":1,"cmd":"x"}}"#,
        );
        assert_eq!(outcome, Ok(()), "{step}");
        assert!(!host.logged()[0].contains("SyntaxError"), "{step}");
    }
}

#[test]
fn hidden_entries_resolve_but_are_not_enumerated() {
    let mut builder = Builder::new();
    let path = builder.text("/etc/passwd");
    let actions =
        builder.list_with(&[path], &[("open".into(), reactant_core::packed::Slot::bool(true))]);
    let file = builder.map_with(
        &[(Key::FILE.into(), path), (Key::ACTIONS.into(), actions)],
        &[(Key::PATH.into(), path)],
    );
    let root = builder.map(&[(Key::FILE.into(), file)]);
    let data = builder.finish(root);
    let mut machine = machine();
    let script = load(
        &mut *machine,
        "function process({ file }) {
            Info([file.path, 'path' in file, Object.keys(file), Object.getOwnPropertyNames(file)].join(' '));
            Info(JSON.stringify(file)); Info(JSON.stringify({ ...file }));
            let seen = ''; for (const k in file) seen += k; Info(seen);
            Info([file.actions.open, file.actions.length, JSON.stringify(file.actions), Object.keys(file.actions)].join(' '));
            const own = o => [Object.getOwnPropertyNames(o), Object.hasOwn(o, 'path'), 'path' in o, o.path, Object.getOwnPropertyDescriptor(o, 'path')].join(' ');
            Info(own(file)); Info(Object.getOwnPropertyNames(file.actions) + ' ' + ('open' in file.actions) + ' ' + [...file.actions]);
            Info(JSON.stringify(Object.assign({}, file)) + Object.entries(file).length + (file instanceof Object) + file.toString());
            file.fresh = 1; Info(own(file)); delete file.path; Info(own(file));
            file.path = 'mine'; Info(own(file).split(' ').slice(0, 4).join(' ') + JSON.stringify(file));
            file.actions.open = 0; file.actions.push('x'); Info(JSON.stringify(file.actions) + Object.keys(file.actions) + file.actions.open);
            Object.freeze(file); Info(String(Object.isFrozen(file)) + file.file);
        }",
    )
    .unwrap();
    let mut host = Host::default();
    run_on(&mut *machine, script, &data, &mut host, &limits()).unwrap();
    assert_eq!(
        host.logged(),
        [
            "/etc/passwd true file,actions file,actions",
            r#"{"file":"/etc/passwd","actions":["/etc/passwd"]}"#,
            r#"{"file":"/etc/passwd","actions":["/etc/passwd"]}"#,
            "fileactions",
            r#"true 1 ["/etc/passwd"] 0"#,
            "file,actions false true /etc/passwd ",
            "0,length true /etc/passwd",
            r#"{"file":"/etc/passwd","actions":["/etc/passwd"]}2true[object Object]"#,
            "file,actions,fresh false true /etc/passwd ",
            "file,actions,fresh false true /etc/passwd ",
            r#"file,actions,fresh,path true true mine{"file":"/etc/passwd","actions":["/etc/passwd"],"fresh":1,"path":"mine"}"#,
            r#"["/etc/passwd","x"]0,1,open0"#,
            "true/etc/passwd",
        ]
    );
}
