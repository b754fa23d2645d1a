//! The journal's file: what is asked of it can be watched, so that tests see the order.

#[cfg(test)]
use std::sync::Arc;
use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
};

/// A call to the file system.
#[cfg(test)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DiskCall {
    /// A line was handed over.
    Write(String),
    /// What was handed over is on disk.
    Sync,
}

/// Who is told of each call, once it was made.
#[cfg(test)]
pub(crate) type Watcher = Arc<dyn Fn(DiskCall) + Send + Sync>;

/// The file.
pub(super) struct Disk {
    pub(super) file: File,
    #[cfg(test)]
    pub(super) watcher: Option<Watcher>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.file.fmt(f)
    }
}

impl Disk {
    pub(super) fn new(file: File) -> Disk {
        Disk {
            file,
            #[cfg(test)]
            watcher: None,
        }
    }

    /// Hands a line over.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.write_all(line)?;
        #[cfg(test)]
        self.tell(|| DiskCall::Write(String::from_utf8_lossy(line).into_owned()));
        Ok(())
    }

    /// Forces what was handed over to disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()?;
        #[cfg(test)]
        self.tell(|| DiskCall::Sync);
        Ok(())
    }

    /// Cuts what stands behind so many bytes, and goes on there.
    pub(super) fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::Start(length)).map(drop)
    }

    /// The same file once more.
    pub(super) fn again(&self) -> io::Result<Disk> {
        Ok(Disk {
            file: self.file.try_clone()?,
            #[cfg(test)]
            watcher: self.watcher.clone(),
        })
    }

    #[cfg(test)]
    fn tell(&self, call: impl FnOnce() -> DiskCall) {
        if let Some(watcher) = &self.watcher {
            watcher(call());
        }
    }
}
