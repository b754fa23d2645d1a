//! The matcher against a naive one, and the sentences of `recipes.md` one by one.

mod agreement;
mod build;
mod files;
mod filters;
mod flow_interest;
mod flows;
mod generate;
mod interest;
mod limits;
mod naive;
mod published;
