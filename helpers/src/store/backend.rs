//! What a store asks of the thing that keeps its rows: ordered bytes, and batches that are all or nothing.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Bound,
    sync::{Arc, PoisonError, RwLock},
};

use super::StoreError;

/// A row to be written; `None` removes it.
pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// An ordered map of bytes.
pub trait Backend: Send + Sync + fmt::Debug {
    /// The value of a row.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the row cannot be read.
    fn get(&self, row: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Shows the rows from a key on, in the order of their bytes, until `visit` gives false.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where a row cannot be read.
    fn scan(
        &self,
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError>;

    /// Writes all changes or none, and returns once they would survive the death of the process (or what else the implementation promises).
    ///
    /// # Errors
    ///
    /// [`StoreError`] where nothing was promised.
    fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError>;
}

impl<B: Backend + ?Sized> Backend for Arc<B> {
    fn get(&self, row: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).get(row)
    }

    fn scan(
        &self,
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        (**self).scan(from, visit)
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        (**self).commit(changes)
    }
}

/// Rows in memory, gone with the process.
#[derive(Debug, Default)]
pub struct Memory {
    rows: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Backend for Memory {
    fn get(&self, row: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.rows.read().unwrap_or_else(PoisonError::into_inner).get(row).cloned())
    }

    fn scan(
        &self,
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        for (row, value) in rows.range::<[u8], _>((Bound::Included(from), Bound::Unbounded)) {
            if !visit(row, value) {
                break;
            }
        }
        Ok(())
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        for (row, value) in changes {
            match value {
                Some(value) => rows.insert(row, value),
                None => rows.remove(&row),
            };
        }
        Ok(())
    }
}
