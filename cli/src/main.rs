//! The reactant command line.
fn main() {}
