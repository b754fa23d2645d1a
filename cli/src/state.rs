//! The folder that outlives a run (`--data`).

use std::path::{Path, PathBuf};

use reactant_helpers::store::{Durability, Store};

use crate::exit::Failure;

/// Where a live runtime keeps its state (`cli.md`).
pub(crate) const FOLDER: &str = "/var/lib/reactant";

/// The store has a folder of its own: the journal and the blocks will lie beside it.
fn store_folder(data: &Path) -> PathBuf {
    data.join("store")
}

/// Whether there is a data store.
pub(crate) fn has_store(data: &Path) -> bool {
    store_folder(data).is_dir()
}

/// Opens the data store, or makes it.
pub(crate) fn open_store(data: &Path, durability: Durability) -> Result<Store, Failure> {
    Store::open(&store_folder(data), durability)
        .map_err(|error| Failure::Usage(format!("--data: {error}")))
}
