//! The definitions are what Rhai itself writes for the same functions, and it refuses the calls that they do not allow.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use reactant_core::{
    engine::{ReactionEngine, Reference},
    helper::{Call, HelperSpec, ParamKind, Registry, Returns},
    value::Value,
};
use rhai::{Dynamic, Engine, FuncRegistration, Module, NativeCallContext, Shared};

/// A helper of each shape.
fn registry() -> Registry {
    let mut registry = Registry::default();
    let text = ParamKind::Text;
    let specs = [
        HelperSpec::new("Log", "Logs a message.").param("message", text),
        HelperSpec::new("Get", "Gives a text.").param("key", text).returns(Returns::Text),
        HelperSpec::new("Has", "Tells.").param("key", text).returns(Returns::Bool),
        HelperSpec::new("Now", "Gives a number.").returns(Returns::Number),
        HelperSpec::new("Push", "Appends.")
            .optional("key", text)
            .param("value", text)
            .returns(Returns::Done),
        HelperSpec::new("Incr", "Adds.")
            .param("key", text)
            .optional("by", ParamKind::Integer)
            .returns(Returns::Number)
            .fails_with(Value::Null),
    ];
    for spec in specs {
        registry.register(spec, |_: &mut Call<'_>| Ok(0.into())).unwrap();
    }
    registry
}

/// The signatures of a file of definitions, in order of their text.
fn signatures(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| line.starts_with("fn ")).collect();
    lines.sort_unstable();
    lines
}

/// An engine that knows the functions of a file of definitions, and no other.
fn engine_of(definitions: &str) -> Engine {
    let mut module = Module::new();
    for signature in signatures(definitions) {
        let (name, rest) = signature.trim_start_matches("fn ").split_once('(').unwrap();
        let (params, returns) = rest.split_once(')').unwrap();
        let params: Vec<&str> = params.split(", ").filter(|param| !param.is_empty()).collect();
        let returns = returns.trim_start_matches(" -> ").trim_end_matches(';');
        let types = vec![std::any::TypeId::of::<Dynamic>(); params.len()];
        let info: Vec<&str> = params.iter().copied().chain([returns]).collect();
        FuncRegistration::new(name).with_params_info(info).set_into_module_raw(
            &mut module,
            types,
            rhai::RhaiFunc::Pure {
                func: Shared::new(|_: Option<NativeCallContext<'_>>, _: &mut [&mut Dynamic]| {
                    Ok(Dynamic::UNIT)
                }),
                has_context: false,
                is_pure: true,
                is_volatile: true,
            },
        );
    }
    let mut engine = Engine::new_raw();
    engine.register_global_module(module.into());
    engine
}

#[test]
fn rhai_writes_the_same_and_refuses_a_wrong_call() {
    let registry = registry();
    let ours =
        reactant_engine_rhai::Engine::default().definitions(&Reference::new(&registry)).unwrap();
    assert_eq!(ours.format, "rhai");
    assert!(ours.text.starts_with("module static;\n"), "{}", ours.text);
    let engine = engine_of(&ours.text);
    let theirs =
        engine.definitions().with_headers(false).include_standard_packages(false).single_file();
    assert_eq!(signatures(&ours.text), signatures(&theirs), "{theirs}");
    for honest in [
        "Log(1)",
        "Get(\"k\")",
        "Now()",
        "Push(1)",
        "Push(1, 2)",
        "Incr(1)",
        "Incr(1, 2)",
        "to_json(1)",
    ] {
        assert!(engine.run(honest).is_ok(), "{honest}");
    }
    for wrong in ["Log()", "Gett(1)", "Now(1)", "Push()", "Push(1, 2, 3)", "Incr()"] {
        let error = engine.run(wrong).unwrap_err().to_string();
        assert!(error.contains("Function not found"), "{wrong}: {error}");
    }
}
