//! What the watch measures, as Prometheus reads it.

mod exposition;
mod figures;
mod histogram;
mod observed;
mod server;
mod verdicts;

pub(super) use figures::Figures;
pub(super) use observed::Observed;
pub(super) use server::serve;
pub(super) use verdicts::verdicts;
