//! Scripts live in UTC, wherever the machine stands. A process of its own, since the time zone belongs to the process.

#![allow(unsafe_code, clippy::unwrap_used, reason = "sets the process's time zone")]

use reactant_core::{
    engine::{Door, Invocation, ReactionEngine, Setup, Source},
    helper::{HelperId, HelperSpec, ParamKind},
    limits::{Limits, Stop},
    packed::Packed,
    value::Value,
};
use reactant_engine_quickjs::Engine;

#[derive(Default)]
struct Log(Vec<String>);

impl Door for Log {
    fn call(&mut self, _: HelperId, args: &[Value]) -> Result<Value, Stop> {
        self.0.push(args[0].to_string());
        Ok(Value::Null)
    }

    fn now_millis(&mut self) -> i64 {
        1_514_937_922_927
    }
}

#[test]
fn the_system_s_time_zone_is_never_seen() {
    // SAFETY: the only test of this process, and before anything asks for the time.
    unsafe { std::env::set_var("TZ", "XXX-5:30") };
    let helpers = [(HelperId(0), HelperSpec::new("Info", "").param("msg", ParamKind::Text))];
    let setup = Setup { helpers: helpers.into(), memory: 16 << 20, now_millis: 0 };
    let mut machine = Engine::default().machine(&setup).unwrap();
    let text = "function process() {
        const d = new Date(1514937922927);
        for (const t of [
            '2018-01-03T00:05:22.927', 'Wed Jan 03 2018 00:05:22', 'Jan 3, 2018 12:05:22 AM', '1/3/2018 0:05:22', '2018-01-03 00:05:22',
            d.toString(), d.toUTCString(), d.toISOString(), '3 Jan 2018 00:05:22 (local)', '2018-01-03T05:35:22+05:30', 'Jan 3 2018 00:05:22 UTC',
            'Tue Jan 02 2018 19:05:22 EST', 'Jan 3 2018 00:05:22 \\u00e9'.slice(0, 19), '\\u22122018', 'x'.repeat(200),
        ]) Info(t.slice(0, 30) + ' ' + Math.floor(Date.parse(t) / 1000));
        const f = ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'];
        for (const n of f) if (d['get' + n]() !== d['getUTC' + n]()) throw n;
        for (const n of f) if (n !== 'Day') {
            const a = new Date(d), b = new Date(d); a['set' + n](7); b['setUTC' + n](7); if (+a !== +b) throw n;
        }
        if (+new Date(2018, 0, 3, 0, 5, 22, 927) !== +d) throw 'fields';
        Info([d, d.toDateString(), d.toTimeString(), d.toLocaleString(), d.toLocaleDateString(), d.toLocaleTimeString(), d.getTimezoneOffset(), Date()].join('|'));
    }";
    let limits = Limits { memory: 16 << 20, ..Limits::default() };
    let script = machine.load(&Source { name: "r.js".into(), text: text.into() }, &limits).unwrap();
    let data = Packed::of(&Value::Null);
    let invocation =
        Invocation { data: &data, kind: "", name: "", uuid: "", seed: 0, limits: &limits };
    let mut log = Log::default();
    assert_eq!(machine.run(script, &invocation, &mut log), Ok(()));
    let seconds: Vec<&str> =
        log.0[..15].iter().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(seconds[..13], ["1514937922"; 13], "{:#?}", log.0);
    assert_eq!(seconds[14], "NaN");
    assert_eq!(
        log.0[15],
        "Wed Jan 03 2018 00:05:22 GMT+0000 (UTC)|Wed Jan 03 2018|00:05:22 GMT+0000 (UTC)|01/03/2018, 12:05:22 AM|01/03/2018|12:05:22 AM|0|\
        Wed Jan 03 2018 00:05:22 GMT+0000 (UTC)"
    );
}
