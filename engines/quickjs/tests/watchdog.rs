//! The watchdog's signal: claimed, refused, given back. A process of its own, since handlers belong to the process.

#![allow(unsafe_code, clippy::unwrap_used, reason = "installs and reads signal handlers")]

use reactant_core::engine::ReactionEngine;
use reactant_engine_quickjs::{Engine, Signal, WatchdogError};

fn handler(number: i32) -> libc::sighandler_t {
    // SAFETY: only asks.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        assert_eq!(libc::sigaction(number, std::ptr::null(), &mut action), 0);
        action.sa_sigaction
    }
}

extern "C" fn own(_: i32) {}

#[test]
fn the_signal_is_claimed_refused_and_given_back() {
    // A thread without room for scripts is told so. (First: the C library hands the larger stacks of ended threads on.)
    let engine = Engine::builder().build().unwrap();
    std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(512 << 10);
        let outcome = small.spawn_scoped(scope, || engine.machine(&Default::default()).map(drop));
        let error = outcome.unwrap().join().unwrap().unwrap_err();
        assert!(error.to_string().contains("2 MiB"), "{error}");
    });

    // A program's handler is refused.
    let taken = libc::SIGUSR2;
    // SAFETY: the handler does nothing.
    unsafe { libc::signal(taken, own as extern "C" fn(i32) as libc::sighandler_t) };
    let refused = Engine::builder().watchdog(Signal::number(taken)).build().unwrap_err();
    assert!(matches!(refused, WatchdogError::Taken(number) if number == taken), "{refused}");
    assert_eq!(handler(taken), own as extern "C" fn(i32) as libc::sighandler_t);
    let refused = Engine::builder().watchdog(Signal::number(libc::SIGKILL)).build().unwrap_err();
    assert!(matches!(refused, WatchdogError::System { .. }), "{refused}");

    // What the signal did before, default or ignored, it does again afterwards.
    for before in [libc::SIG_DFL, libc::SIG_IGN] {
        // SAFETY: no handler.
        unsafe { libc::signal(libc::SIGURG, before) };
        let engine = Engine::builder().watchdog(Signal::URGENT).build().unwrap();
        assert!(handler(libc::SIGURG) > 1);
        let second = Engine::builder().watchdog(Signal::number(libc::SIGUSR1)).build();
        assert!(matches!(second, Err(WatchdogError::Second)));
        // A machine keeps it though the engine is gone.
        let machine = engine.machine(&Default::default()).unwrap();
        drop(engine);
        assert!(handler(libc::SIGURG) > 1);
        // SAFETY: a signal that comes while nothing runs does nothing.
        unsafe { libc::raise(libc::SIGURG) };
        drop(machine);
        assert_eq!(handler(libc::SIGURG), before);
    }
}
