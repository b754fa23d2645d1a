//! From what a script gave to what a helper takes: one rule for every language.

use crate::{
    helper::{Failure, HelperSpec, Param, ParamKind},
    value::Value,
};

/// Converts the arguments of a call, one for each parameter.
///
/// Required parameters are served first: optional ones are filled from the left with what is left over. Surplus arguments are ignored.
pub(super) fn arguments(spec: &HelperSpec, args: &[Value]) -> Result<Vec<Option<Value>>, Failure> {
    let required = spec.params.iter().filter(|param| param.required).count();
    let mut spare = args.len().saturating_sub(required);
    let mut given = args.iter();
    spec.params
        .iter()
        .map(|param| {
            if !param.required {
                if spare == 0 {
                    return Ok(None);
                }
                spare -= 1;
            }
            match given.next() {
                Some(value) => argument(spec, param, value).map(Some),
                None => Err(wrong(spec, param, "nothing")),
            }
        })
        .collect()
}

fn argument(spec: &HelperSpec, param: &Param, value: &Value) -> Result<Value, Failure> {
    let converted = match (param.kind, value) {
        (ParamKind::Any, value) => Some(value.clone()),
        (ParamKind::Text, Value::Text(_)) | (ParamKind::Bool, Value::Bool(_)) => {
            Some(value.clone())
        }
        (ParamKind::Text, Value::Bool(_) | Value::Int(_) | Value::Float(_)) => {
            Some(Value::Text(value.to_string()))
        }
        (ParamKind::Number, Value::Int(_) | Value::Float(_)) => Some(value.clone()),
        (ParamKind::Number, Value::Text(text)) => decimal(text),
        (ParamKind::Integer, Value::Int(_)) => Some(value.clone()),
        (ParamKind::Integer, Value::Float(number)) => {
            let what = if number.fract() == 0.0 { "a number beyond 2^53" } else { "a fraction" };
            return Err(wrong(spec, param, what));
        }
        (ParamKind::Integer, Value::Text(text)) => {
            decimal(text).filter(|number| number.as_int().is_some())
        }
        _ => None,
    };
    converted.ok_or_else(|| match value {
        Value::Text(text) => wrong(spec, param, &format!("text `{}`", excerpt(text))),
        value => wrong(spec, param, value.described()),
    })
}

/// A decimal string: an optional sign, digits, and optionally a fraction and an exponent. No blanks, no hexadecimal, no `Infinity`.
fn decimal(text: &str) -> Option<Value> {
    let plain = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    if !text.chars().all(plain) || !text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(Value::Int(number));
    }
    match Value::from(text.parse::<f64>().ok()?) {
        Value::Null => None,
        number => Some(number),
    }
}

fn wrong(spec: &HelperSpec, param: &Param, got: &str) -> Failure {
    let wants = match param.kind {
        ParamKind::Text => "text",
        ParamKind::Number => "a number",
        ParamKind::Integer => "a whole number",
        ParamKind::Bool => "a boolean",
        ParamKind::Any => "a value",
    };
    Failure(format!("{}: parameter `{}` takes {wants}, got {got}", spec.name, param.name))
}

fn excerpt(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text[..end].escape_debug()),
        None => text.escape_debug().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Opaque;

    fn spec() -> HelperSpec {
        HelperSpec::new("Do", "").optional("key", ParamKind::Text).param("value", ParamKind::Text)
    }

    fn one(kind: ParamKind, value: impl Into<Value>) -> Result<Value, String> {
        let spec = HelperSpec::new("Do", "").param("it", kind);
        arguments(&spec, &[value.into()])
            .map(|mut args| args.remove(0).unwrap())
            .map_err(|failure| failure.0)
    }

    #[test]
    fn a_leading_optional_argument_yields_to_a_required_one() {
        let args = arguments(&spec(), &["v".into()]).unwrap();
        assert_eq!(args, [None, Some("v".into())]);
        let args = arguments(&spec(), &["k".into(), "v".into(), "surplus".into()]).unwrap();
        assert_eq!(args, [Some("k".into()), Some("v".into())]);
        let missing = arguments(&spec(), &[]).unwrap_err();
        assert_eq!(missing.0, "Do: parameter `value` takes text, got nothing");
    }

    #[test]
    fn scalars_become_text_as_in_ecmascript() {
        assert_eq!(one(ParamKind::Text, 5), Ok("5".into()));
        assert_eq!(one(ParamKind::Text, true), Ok("true".into()));
        assert_eq!(one(ParamKind::Text, Value::Float(1e21)), Ok("1e+21".into()));
        assert_eq!(one(ParamKind::Text, Value::Float(0.1)), Ok("0.1".into()));
    }

    /// A language that has no such integers gives a float.
    #[test]
    fn whole_numbers_keep_every_digit() {
        for number in [9_007_199_254_740_993, i64::MAX, i64::MIN] {
            assert_eq!(one(ParamKind::Text, number), Ok(number.to_string().as_str().into()));
            assert_eq!(one(ParamKind::Integer, number), Ok(number.into()));
        }
        let double = Value::from(9_223_372_036_854_775_807_f64);
        assert_eq!(one(ParamKind::Text, double), Ok("9223372036854776000".into()));
    }

    #[test]
    fn decimal_text_becomes_a_number() {
        assert_eq!(one(ParamKind::Integer, "42"), Ok(Value::Int(42)));
        assert_eq!(one(ParamKind::Integer, "42.0"), Ok(Value::Int(42)));
        assert_eq!(one(ParamKind::Number, "-1.5e1"), Ok(Value::Int(-15)));
        assert_eq!(one(ParamKind::Number, "0.5"), Ok(Value::Float(0.5)));
        for text in ["", " 1", "0x10", "Infinity", "nan", "1_000", "1e999", "-", "1 "] {
            assert!(one(ParamKind::Number, text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let got = |value: Value| one(ParamKind::Text, value).unwrap_err();
        assert_eq!(got(Value::Null), "Do: parameter `it` takes text, got null");
        assert_eq!(
            got(Value::Opaque(Opaque::Object)),
            "Do: parameter `it` takes text, got an object"
        );
        assert_eq!(
            one(ParamKind::Integer, Value::Float(1.5)).unwrap_err(),
            "Do: parameter `it` takes a whole number, got a fraction"
        );
        assert_eq!(
            one(ParamKind::Integer, "x\n").unwrap_err(),
            "Do: parameter `it` takes a whole number, got text `x\\n`"
        );
        assert_eq!(
            one(ParamKind::Integer, true).unwrap_err(),
            "Do: parameter `it` takes a whole number, got a boolean"
        );
    }
}
