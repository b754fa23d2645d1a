//! JSON of every kind, with what is awkward in some language.

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

/// Keys that mean something to a language, to JSON or to an event.
const KEYS: &[&str] = &[
    "n",
    "value",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "toJSON",
    "valueOf",
    "hasOwnProperty",
    "length",
    "then",
    "__index",
    "__newindex",
    "__metatable",
    "__len",
    "__gc",
    "__iter",
    "__call",
    "__tostring",
    "len",
    "keys",
    "values",
    "tag",
    "type_of",
    "this",
    "end",
    "fn",
    "0",
    "1",
    "-1",
    "1.5",
    "01",
    "4294967294",
    "4294967295",
    "9007199254740993",
    "",
    " ",
    "a b",
    "ü",
    "\u{0}",
    "\u{2028}",
    "data",
    "file",
    "path",
    "flow",
    "lossy",
];

/// Texts with a meaning of their own.
const TEXTS: &[&str] = &[
    "",
    "null",
    "NaN",
    "-0",
    "1e5",
    "running",
    "\u{fffd}",
    "\u{feff}",
    "\u{2028}",
    "\u{0}",
    "🦀",
    "e\u{301}",
    "\"\\/",
    "%n%s",
    "/etc/passwd",
    "tcp",
    "TCP",
    "open",
    "2026-11-24T10:15:00.1Z",
    "0001-01-01T00:00:00Z",
    "::ffff:10.0.0.1",
    "203.0.113.7",
];

const NUMBERS: &[f64] = &[
    0.0,
    -0.0,
    0.1,
    1e15,
    1e21,
    1e300,
    5e-324,
    f64::MAX,
    9_007_199_254_740_992.0,
    9_223_372_036_854_775_807.0,
    18_446_744_073_709_551_615.0,
    123_456_789_012_345_680.0,
];

/// A value, nested at most `depth` levels by choice (deeper only where one straight nest was chosen).
pub(crate) fn value(u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(match u.int_in_range(0..=if depth == 0 { 9 } else { 13 })? {
        0 => Value::Null,
        1 => u.arbitrary::<bool>()?.into(),
        2 => u.arbitrary::<i64>()?.into(),
        3 => ((1_i64 << 53) + i64::from(u.arbitrary::<i8>()?)).into(),
        4 => (-(1_i64 << 53) + i64::from(u.arbitrary::<i8>()?)).into(),
        5 => match u.arbitrary::<u8>()? % 4 {
            0 => u.arbitrary::<f64>()?.into(),
            1 => (*u.choose(NUMBERS)?).into(),
            2 => u.arbitrary::<u64>()?.into(),
            _ => f64::from(u.arbitrary::<i16>()?).into(),
        },
        6..=7 => text(u)?.into(),
        8 => json!([]),
        9 => json!({}),
        10..=11 => {
            let count = u.int_in_range(0..=6)?;
            (0..count).map(|_| value(u, depth - 1)).collect::<Result<Vec<_>>>()?.into()
        }
        12 => {
            let mut map = Map::new();
            for _ in 0..u.int_in_range(0..=6)? {
                map.insert(key(u)?, value(u, depth - 1)?);
            }
            map.into()
        }
        _ => {
            let levels = u.int_in_range(1..=140)?;
            let kinds = u.arbitrary::<u64>()?;
            let name = key(u)?;
            let innermost = value(u, 0)?;
            (0..levels).fold(innermost, |inner, level| match kinds >> (level % 64) & 1 {
                0 => json!([inner]),
                _ => json!({ name.as_str(): inner }),
            })
        }
    })
}

/// A key.
pub(crate) fn key(u: &mut Unstructured<'_>) -> Result<String> {
    match u.arbitrary::<u8>()? % 8 {
        0 => text(u),
        _ => Ok((*u.choose(KEYS)?).to_owned()),
    }
}

/// A text of at most some 100,000 bytes.
pub(crate) fn text(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.arbitrary::<u8>()? % 8 {
        0..=2 => (*u.choose(TEXTS)?).to_owned(),
        3..=5 => {
            let len = usize::from(u.arbitrary::<u8>()? % 32).min(u.len());
            String::from_utf8_lossy(u.bytes(len)?).into_owned()
        }
        6 => u.arbitrary::<char>()?.to_string().repeat(u.int_in_range(0..=300)?),
        _ => (*u.choose(TEXTS)?).repeat(u.int_in_range(0..=5_000)?),
    })
}
