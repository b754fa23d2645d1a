//! Every kind of error has the author's line and column.

mod common;

use common::threw;

/// Scripts with one error each, where it is, and how its message begins.
#[rustfmt::skip]
const ERRORS: &[(&str, &str, &str)] = &[
    ("fn process(data) {\nlet a = 1 / 0;\n}",
     "2:11", "Division by zero: 1 / 0"),
    ("fn process(data) {\nlet x = 9223372036854775807;\nlet y = x + 1;\n}",
     "3:11", "Addition overflow: 9223372036854775807 + 1"),
    ("fn process(data) {\nlet a = [1];\nInfo(a[5]);\n}",
     "3:8", "Array index 5 out of bounds: only 1 element in array"),
    ("fn process(data) {\nlet m = #{};\nm.nope.deep();\n}",
     "3:8", "Function not found: deep (())"),
    ("fn process(data) {\nnosuch(1);\n}",
     "2:1", "Function not found: nosuch (i64)"),
    ("fn process(data) {\ndata.nosuch();\n}",
     "2:6", "Function not found: nosuch (map)"),
    ("fn process(data) {\ndata.process.nosuch(1, 2);\n}",
     "2:14", "Function not found: nosuch (map, i64, i64)"),
    ("fn process(data) {\ndata.process.pid.foo;\n}",
     "2:18", "Unknown property 'foo' - a getter is not registered for type 'i64'"),
    ("fn process(data) {\ndata.process.pid.foo.bar;\n}",
     "2:18", "Unknown property 'foo' - a getter is not registered for type 'i64'"),
    ("fn process(data) {\ndata.process.nosuch.bar;\n}",
     "2:21", "Unknown property 'bar' - a getter is not registered for type '()'"),
    ("fn process(data) {\ndata.process.nosuch.bar.baz = 1;\n}",
     "2:21", "Unknown property 'bar' - a getter is not registered for type '()'"),
    ("fn process(data) {\nthrow \"x\";\n}",
     "2:1", "Runtime error: x"),
    ("fn process(data) {\nthrow #{ a: 1 };\n}",
     "2:1", "Runtime error: #{\"a\": 1}"),
    ("fn process(data) {\nthrow;\n}",
     "2:1", "Runtime error"),
    ("fn process(data) {\n[1, 2].map(|x| x / 0);\n}",
     "2:18", "Division by zero: 1 / 0"),
    ("fn process(data) {\n[1, 2].filter(|x| {\n  throw \"in\";\n});\n}",
     "3:3", "Runtime error: in"),
    ("fn process(data) {\n[3, 1].sort(|a, b| a.nope());\n}",
     "2:22", "Function not found: nope (i64)"),
    ("fn process(data) {\n[3, 1].reduce(|a, b| b / 0);\n}",
     "2:24", "Division by zero: 3 / 0"),
    ("fn process(data) {\n[3, 1].for_each(|| { this.x = 1; });\n}",
     "2:27", "No writable property 'x' - a setter is not registered for type 'i64'"),
    ("fn process(data) {\nlet f = |x| x.y.z;\nf.call(1);\n}",
     "2:15", "Unknown property 'y' - a getter is not registered for type 'i64'"),
    ("fn process(data) {\nlet f = |x| [x].map(|y| y / 0);\nf.call(1);\n}",
     "2:27", "Division by zero: 1 / 0"),
    ("fn process(data) {\nlet held = [1];\nlet cycle = || held;\nheld.map(|x| { held.push(x); });\n}",
     "4:6", "Data race detected on argument #1 of function 'map': a closure among"),
    ("fn process(data) {\nlet held = [1];\nlet cycle = || { held.push(1); held };\nheld.for_each(|| cycle.call());\n}",
     "3:18", "Data race detected on variable 'held', which a call that has not"),
    ("fn process(data) {\nlet n = 1;\nlet inc = || { n += 1; };\nn += inc.call();\n}",
     "4:3", "Function not found: + (i64, ())"),
    ("fn process(data) {\nfor x in 5 { }\n}",
     "2:10", "Syntax error: Expecting an iterable value, not a number"),
    ("fn process(data) {\nlet x = 5;\nx[0] = 1;\n}",
     "3:6", "Data type incorrect: i64 (expecting bool)"),
    ("fn process(data) {\nx = 1;\n}",
     "2:1", "Variable not found: x"),
    ("fn process(data) {\nInfo(x);\n}",
     "2:6", "Variable not found: x"),
    ("fn process(data) {\nconst X = 1;\nX = 2;\n}",
     "3:1", "Syntax error: Cannot assign to constant X"),
    ("fn process(data) {\ndata.process.args[9].foo();\n}",
     "2:19", "Array index 9 out of bounds: only 2 elements in array"),
    ("fn process(data) {\ndata.process.args[9];\n}",
     "2:19", "Array index 9 out of bounds: only 2 elements in array"),
    ("fn process(data) {\n\"abc\"[10];\n}",
     "2:7", "String index 10 out of bounds: only 3 characters in string"),
    ("fn process(data) {\nlet s = \"abc\";\ns[10] = 'c';\n}",
     "3:3", "String index 10 out of bounds: only 3 characters in string"),
    ("fn process(data) {\n(1).foo;\n}",
     "2:5", "Unknown property 'foo' - a getter is not registered for type 'i64'"),
    ("fn process(data) {\nlet s = `a${ 1 / 0 }`;\n}",
     "2:16", "Division by zero: 1 / 0"),
    ("fn process(data) {\nif 5 { }\n}",
     "2:4", "Syntax error: Expecting a boolean expression, not a number"),
    ("fn process(data) {\nwhile 5 { }\n}",
     "2:7", "Syntax error: Expecting a boolean expression, not a number"),
    ("fn process(data) {\nlet x = 1 + #{};\n}",
     "2:11", "Function not found: + (i64, map)"),
    ("fn process(data) {\nlet x = -\"a\";\n}",
     "2:9", "Function not found: - (string)"),
    ("fn process(data) {\nlet x = !5;\n}",
     "2:9", "Function not found: ! (i64)"),
    ("fn process(data) {\nswitch 5 { 5 => nope() }\n}",
     "2:17", "Function not found: nope ()"),
    ("fn process(data) {\nlet f = Fn(\"nope\");\nf.call();\n}",
     "3:3", "Function not found: nope ()"),
    ("fn process(data) {\nlet f = Fn(\"na me\");\n}",
     "2:12", "Function not found: na me"),
    ("fn process(data) {\nparse_int(\"x\");\n}",
     "2:1", "Error parsing integer number 'x': invalid digit found in string"),
    ("fn process(data) {\nparse_json(\"[1,\");\n}",
     "2:1", "Runtime error: JSON: EOF while parsing a value at line 1 column 3"),
    ("fn process(data) {\nlet f = |a, b| 1;\nf.call(1);\n}",
     "3:3", "Function not found: closure (i64)"),
    ("fn process(data) {\ntry { throw \"a\" } catch (e) { throw e; }\n}",
     "2:31", "Runtime error: a"),
    ("fn process(data) {\ntry { \n 1 / 0;\n} catch (e) { throw e; }\n}",
     "3:4", "Division by zero: 1 / 0"),
    ("fn process(data) {\nlet x = (-9223372036854775808).abs();\n}",
     "2:32", "Negation overflow: --9223372036854775808"),
    ("fn process(data) {\nlet x = 2 ** 100000;\n}",
     "2:11", "Exponential overflow: 2 ** 100000"),
    ("fn process(data) {\nlet x = 2 ** -1;\n}",
     "2:11", "Integer raised to a negative power: 2 ** -1"),
    ("fn process(data) {\nlet x = 1 % 0;\n}",
     "2:11", "Modulo division by zero or overflow: 1 % 0"),
    ("fn process(data) {\nlet a = [1,2,3];\na.chunks(0);\n}",
     "3:3", "Function not found: chunks (array, i64)"),
    ("fn process(data) {\nrange(0, 10, 0);\n}",
     "2:1", "step value cannot be zero"),
    ("fn process(data) {\nlet b = blob(3);\nb[7] = 1;\n}",
     "3:3", "Array index 7 out of bounds: only 3 elements in array"),
    ("fn process(data) {\nlet b = blob(3);\nInfo(b[7]);\n}",
     "3:8", "Array index 7 out of bounds: only 3 elements in array"),
    ("fn process(data) {\nlet b = blob(3);\nb[1] = \"s\";\n}",
     "3:6", "Data type incorrect: string (expecting INT)"),
    ("fn process(data) {\nlet x = 5;\nInfo(x[70]);\n}",
     "3:8", "Bit-field index 70 out of bounds: only 64 bits in bit-field"),
    ("fn process(data) {\n[1].reduce(Fn(\"nope\"), 0);\n}",
     "2:5", "Function not found: nope (i64, i64, i64)"),
    ("fn process(data) {\n[1].map(\"nope\");\n}",
     "2:5", "Function not found: nope (i64, i64)"),
    ("fn process(data) {\n[1].sort();\n[1, \"x\"].sort();\n}",
     "3:10", "Function not found: elements of different types cannot be sorted"),
    ("fn process(data) {\nreturn this.x;\n}",
     "2:8", "'this' not bound"),
    ("fn process(data) {\nthis.y = 1;\n}",
     "2:1", "'this' not bound"),
    ("fn process(data) {\nsleep(1);\n}",
     "2:1", "Runtime error: a reaction cannot sleep"),
    ("fn inner() {\n  let z = 0;\n  1 / z\n}\nfn process(data) {\n  inner()\n}",
     "3:5", "Division by zero: 1 / 0"),
    ("fn f() {\n  f()\n}\nfn process(data) {\n  f()\n}",
     "4:18", "Stack overflow"),
    ("let a = 1;\nlet b = ;\nfn process(data) {}",
     "2:9", "Syntax error: Unexpected ';'"),
    ("let q = 1 / 0;\nfn process(data) {}",
     "1:11", "Division by zero: 1 / 0"),
    ("let q = nope();\nfn process(data) {}",
     "1:9", "Function not found: nope ()"),
    ("let q = || nope();\nlet r = q.call();\nfn process(data) {}",
     "1:12", "Function not found: nope ()"),
    ("let q = [1].map(|x| x.foo());\nfn process(data) {}",
     "1:23", "Function not found: foo (i64)"),
    ("fn process(data) {\nlet f = Fn(\"print\");\nf.call(\"x\");\n}",
     "1:18", "Syntax error: 'print' is a reserved keyword"),
    ("fn f(n) { \n  1 + f(n + 1)\n}\nfn process(data) {\n  f(1)\n}",
     "2:9", "Stack overflow"),
    ("fn f(n) { \n  1 + f(n + 1)\n}\nfn process(data) {\n  try { f(1) } catch { } \n  Info(\"after\");\n}",
     "4:18", "Stack overflow"),
    ("fn process(data) {\nlet m = #{a: 1};\nlet f = || m.a;\nm.x = f;\nm.x();\n}",
     "3:12", "Data race detected on variable 'm', which a call that has not ended"),
    ("fn process(data) {\nlet m = #{a: 1};\nlet f = || m.a;\nm.call(f);\n}",
     "4:3", "Data race detected on argument #1 of function 'closure': a closure"),
    ("fn process(data) {\nlet held = [1, 2];\nInfo(1); held.filter(|x| x == held.len());\n}",
     "3:15", "Data race detected on argument #1 of function 'filter': a closure"),
    ("fn process(data) {\ndata.keys(1);\n}",
     "2:6", "Function not found: keys (map, i64)"),
    ("fn process(data) {\ndata.background.ancestry.nosuch();\n}",
     "2:26", "Function not found: nosuch (array)"),
    ("fn process(data) {\ndata.file.actions.nosuch();\n}",
     "2:19", "Function not found: nosuch (array)"),
    ("fn process(data) {\ndata.file.actions.map(|x| x.y);\n}",
     "2:29", "Unknown property 'y' - a getter is not registered for type 'string'"),
    ("fn process(data) {\n[1].reduce(|a, b| { Info(\"once\"); throw \"x\" }, data.process);\n}",
     "2:35", "Runtime error: x"),
    ("fn process(data) {\ndata.file.actions.reduce(|a, b| { Info(\"once\"); throw \"x\" }, data.process);\n}",
     "2:49", "Runtime error: x"),
    ("fn process(data) {\ndata.file.actions.zip(data.file.actions, |a, b| { Info(\"once\"); throw \"x\" });\n}",
     "2:65", "Runtime error: x"),
    ("fn process(data) {\n[3,1].sort(\"nope\");\n}",
     "2:7", "Function not found: nope (i64, i64)"),
    ("fn process(data) {\n[3, 1].sort(\"cmp\");\nfn cmp(a, b) {\n  b.nope()\n}\n}",
     "3:1", "Syntax error: Function definitions must be at global level and cannot"),
    ("fn process(data) {\nlet a = [1];\na.push(1, 2, 3);\n}",
     "3:3", "Function not found: push (array, i64, i64, i64)"),
    ("fn process(data) {\nfor i in range(1, 5, 0) { }\n}",
     "2:10", "step value cannot be zero"),
    ("fn process(data) {\n\"x\".pad();\n}",
     "2:5", "Function not found: pad (string)"),
    ("fn process(data) {\n1.5.nope();\n}",
     "2:5", "Function not found: nope (f64)"),
    ("fn process(data) {\nlet x = #{a: 1};\nx.a.b.c = 5;\n}",
     "3:5", "Unknown property 'b' - a getter is not registered for type 'i64'"),
    ("fn process(data) {\nconst c = [1];\nc.push(2);\n}",
     "3:3", "Non-pure method 'push' cannot be called on constant"),
    ("fn process(data) {\nconst c = #{a: 1};\nc.a = 2;\n}",
     "3:1", "Cannot modify constant c"),
    ("fn process(data) {\nglobal::NOPE;\n}",
     "2:1", "Variable not found: global::NOPE"),
    ("fn process(data) {\nfoo::bar(1);\n}",
     "2:1", "Module not found: foo"),
];

#[test]
fn every_error_has_its_place() {
    let mut wrong = Vec::new();
    for (script, at, message) in ERRORS {
        let error = threw(script);
        let is = error.at.map(|at| format!("{}:{}", at.line, at.column)).unwrap_or_default();
        if is != *at || !error.message.starts_with(message) {
            wrong.push(format!("{script}\n{} at {is:?}, not {at}", error.message));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_trace_names_what_has_a_place() {
    let frames = |script: &str| -> Vec<String> {
        let trace = threw(script).trace.into_iter();
        let frame = |frame: reactant_core::engine::Frame| {
            let at = frame.at.map(|at| format!("{}:{}", at.line, at.column)).unwrap_or_default();
            format!("{}@{at}", frame.function)
        };
        trace.map(frame).collect()
    };
    assert_eq!(
        frames("fn process(data) {\n  [1].map(|x| {\n    x.y()\n  });\n}"),
        ["@3:7", "map@2:7", "process@2:7"]
    );
    assert_eq!(
        frames("fn process(data) {\n  let held = [1];\n  held.map(|x| held.push(x));\n}"),
        ["process@3:8"]
    );
    assert_eq!(frames("fn process(data) {\n  range(0, 1, 0);\n}"), ["process@2:3"]);
    // The innermost calls, of two hundred.
    let deep = frames("fn f(n) {\n  f(n + 1)\n}\nfn process(data) {\n  f(1)\n}");
    assert_eq!((deep.len(), &*deep[0], &*deep[1]), (50, "f@2:5", "f@2:3"));
}

#[test]
fn what_fails_is_not_done_again() {
    for body in [
        "[1].reduce(|a, b| { Echo(1); throw 1 }, data.process);",
        "data.file.actions.reduce(|a, b| { Echo(1); throw 1 }, data.process);",
        "data.file.actions.zip(data.file.actions, |a, b| { Echo(1); throw 1 });",
        "[1].zip(data.file.actions, |a, b| { Echo(1); throw 1 });",
        "data.extra.filter(|k, v| { Echo(1); throw 1 });",
    ] {
        let (result, host) =
            common::run(&format!("fn process(data) {{ {body} }}"), &common::limits());
        assert!(result.is_err(), "{body}");
        assert_eq!(host.calls, 1, "{body}");
    }
}
