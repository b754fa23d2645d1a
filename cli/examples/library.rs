//! A program of its own on Reactant: a helper with a capability of its own, events from two threads, outcomes from an iterator.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use reactant_core::{
    capability::Capability,
    event::Line,
    helper::{Call, HelperSpec, ParamKind, Returns},
    runtime::{Report, Runtime, channel},
};
use reactant_helpers::{Standard, store::Store};

const RECIPES: &str = r"
- {kind: demo, name: shadow_read, version: 1.0, description: Reads of the shadow file, breed: file_access, mechanism: file_access,
   importance: high, file_actions: read, dir: /etc, base: shadow, reactions: [{format: js, code: 'function process(data) {
   if (Page(`${data.process.exe} read ${data.file.file}`) === 0) Info(`page ${DataIncr(`pages`)}`) }'}]}";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut helpers = Standard::new(Store::memory()).registry();
    let page = HelperSpec::new("Page", "Pages whoever is on duty.").param("text", ParamKind::Text);
    let page = page.returns(Returns::Status).needs(Capability::named("notify.page")).acts();
    helpers.register(page, |call: &mut Call<'_>| {
        println!("PAGE: {}", call.text(0));
        Ok(0.into())
    })?;
    let (report, reports) = channel(64);
    let builder = Runtime::builder().engines(reactant_engines::watched()?).helpers(helpers);
    let loaded = builder.load_text("demo.yaml", RECIPES);
    loaded.diagnostics.iter().for_each(|diagnostic| println!("{}", diagnostic.message));
    let runtime = builder.recipes(loaded.recipes).workers(2).on_report(report).build()?;
    std::thread::scope(|scope| {
        for (pid, path) in [(41, "/etc/shadow"), (42, "/etc/passwd")] {
            let runtime = &runtime;
            scope.spawn(move || {
                let event = format!(
                    r#"{{"process":{{"pid":{pid},"exe":"/bin/cat"}},"file":{{"file":"{path}","actions":["read"]}}}}"#
                );
                match Line::parse(event.as_bytes(), 1) {
                    Ok(Line::Event(event)) => println!("{path}: {:?}", runtime.submit(event)),
                    other => println!("no event: {other:?}"),
                }
            });
        }
    });
    println!("{:?}", runtime.finish());
    for report in reports {
        if let Report::Outcome(outcome) = report {
            println!("{} {:?}", outcome.status.name(), outcome.entries);
        }
    }
    Ok(())
}
