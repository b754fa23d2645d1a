//! Flows on this machine, as the live sensor tells them: real traffic between network namespaces that each test makes.
//!
//! What a sensor and its descendants do is not told, so it runs in a process of its own beside the test: this program once more. Programs in the kernel
//! need root. Without it, or where the kernel takes none of them, the tests are ignored and say so, but fail where `REACTANT_ROOT_TESTS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it ignores"
)]

mod dns;
mod icmp;
mod net;
mod role;
mod scene;
mod tcp;
mod udp;
mod whole;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

const TESTS: &[(&str, fn())] = &[
    ("a_connection_is_told_at_both_ends_v4", tcp::both_ends_v4),
    ("a_connection_is_told_at_both_ends_v6", tcp::both_ends_v6),
    ("who_resets_has_ended_it", tcp::who_resets_has_ended_it),
    ("a_refused_connection_starts_and_is_ended_by_the_other_side", tcp::refused),
    ("a_connection_that_nobody_answers_is_ended_by_nobody", tcp::nobody_answers),
    ("a_connection_is_told_as_it_is_accepted", tcp::told_as_it_is_accepted),
    ("a_connection_that_nobody_accepts_is_the_listeners", tcp::nobody_accepts),
    ("a_connection_of_v6_to_a_v4_address_is_of_v4", tcp::mapped),
    ("a_connection_belongs_to_who_accepts_it", tcp::forked_server),
    ("a_connection_that_stands_is_told_at_the_start", tcp::stands),
    ("a_connection_on_the_loopback_is_two_flows", tcp::loopback),
    ("datagrams_both_ways_are_one_flow_v4", udp::both_ways_v4),
    ("datagrams_both_ways_are_one_flow_v6", udp::both_ways_v6),
    ("one_socket_has_a_flow_for_each_peer", udp::each_peer),
    ("a_flow_passes_to_who_sends", udp::passed_on),
    ("an_echo_is_a_flow_v4", icmp::echo_v4),
    ("an_echo_is_a_flow_v6", icmp::echo_v6),
    ("an_echo_of_a_raw_socket_is_a_flow", icmp::raw),
    ("a_name_that_was_answered_is_told", dns::answered),
    ("a_name_holds_for_who_asked", dns::of_another_user),
    ("answers_that_nobody_asked_for_name_nothing", dns::hostile),
    ("what_no_recipe_could_match_is_left_out", whole::left_out),
    ("own_traffic_is_not_told", whole::own),
    ("an_execution_has_the_flows_of_its_process", whole::background),
    ("a_flow_tells_how_its_process_ended", whole::after_its_process),
    ("ten_thousand_connections_are_told_or_counted", whole::ten_thousand),
];

fn main() -> ExitCode {
    if let Some(code) = role::play() {
        return code;
    }
    let must = std::env::var_os("REACTANT_ROOT_TESTS").is_some();
    let why = scene::hindrance();
    if let Some(why) = &why {
        eprintln!("ignored: these tests run programs in the kernel: {why}");
    }
    let trials = TESTS.iter().map(|(name, test)| {
        let trial = Trial::test(*name, || {
            test();
            Ok(())
        });
        trial.with_ignored_flag(why.is_some() && !must)
    });
    // One after another: each has a sensor of its own.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
