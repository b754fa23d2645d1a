//! Changes of recipes, by inotify(7): of files and folders, and of every name on the way to them.
//!
//! A path is looked up name by name, and a symbolic link on the way by the names of its target. The folder of each of these names is watched for that
//! name: so a file that an editor renames over another is seen, a volume that is mounted, moved or linked elsewhere as Kubernetes does it (`..data`), and
//! a file that is not there yet. In a folder of recipes whatever could be one is looked for.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    ffi::{OsStr, OsString},
    fs, io,
    mem::MaybeUninit,
    os::{
        fd::OwnedFd,
        unix::{ffi::OsStrExt, fs::MetadataExt},
    },
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::SyncSender},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::{
    fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags},
    io::Errno,
};

/// Links on the way to one path; more are a circle (`ELOOP`, path_resolution(7)).
const LINKS: usize = 40;

/// Folders that are watched at most: the kernel has a limit of its own for each user.
const FOLDERS: usize = 4096;

/// Something may have changed, or somebody asked.
pub(super) struct Change;

/// Watches for changes, as long as the process lives.
pub(super) struct Changes {
    inotify: Arc<OwnedFd>,
    watched: Arc<Mutex<Watched>>,
}

/// By the kernel's number of the watch.
type Watched = HashMap<i32, Folder>;

/// What matters in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Folder {
    path: PathBuf,
    names: HashSet<OsString>,
    /// Whatever could be a recipe.
    recipes: bool,
}

/// What came of following paths.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// Something changed after it was read and before it was watched.
    pub(super) stale: bool,
    /// Folders whose changes nobody will tell, and why.
    pub(super) unseen: Vec<(PathBuf, io::Error)>,
}

impl Changes {
    /// Begins to watch for nothing yet.
    pub(super) fn start(changed: SyncSender<Change>) -> io::Result<Changes> {
        let inotify = Arc::new(inotify::init(CreateFlags::CLOEXEC)?);
        let watched = Arc::new(Mutex::new(Watched::new()));
        let (from, about) = (Arc::clone(&inotify), Arc::clone(&watched));
        let listen = move || listen(&from, &about, &changed);
        thread::Builder::new().name("recipe-changes".to_owned()).spawn(listen)?;
        Ok(Changes { inotify, watched })
    }

    /// Watches what these paths depend on, and nothing else from now on. They were read after `since`.
    pub(super) fn follow(&self, paths: &[PathBuf], since: SystemTime) -> Followed {
        let mut ways = Ways::default();
        paths.iter().for_each(|path| ways.follow(path));
        let mut followed = Followed::default();
        let mut watched = lock(&self.watched);
        let mut now = Watched::new();
        let mut new = Vec::new();
        for (path, folder) in ways.folders {
            let number = match self.add(&path, now.len()) {
                Ok(number) => number,
                Err(error) => {
                    followed.unseen.push((path, error));
                    continue;
                }
            };
            if !watched.get(&number).is_some_and(|known| known.covers(&folder)) {
                new.push(path.clone());
            }
            // Two paths may lead to one folder (bind mounts).
            let known = now.entry(number).or_insert_with(|| Folder { path, ..Folder::default() });
            known.names.extend(folder.names);
            known.recipes |= folder.recipes;
        }
        for number in watched.keys().filter(|number| !now.contains_key(number)) {
            // The folder may be gone, and the watch with it.
            let _ = inotify::remove_watch(&self.inotify, *number);
        }
        *watched = now;
        let read = |path: &PathBuf| new.iter().any(|folder| path.starts_with(folder));
        followed.stale =
            ways.ends.iter().filter(|path| read(path)).any(|path| changed(path, since));
        followed
    }

    fn add(&self, path: &Path, watched: usize) -> io::Result<i32> {
        if watched >= FOLDERS {
            return Err(io::Error::other(format!("more than {FOLDERS} folders")));
        }
        // What is written counts when it is whole: half a file may be a valid one.
        let flags = WatchFlags::CLOSE_WRITE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::ATTRIB
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        Ok(inotify::add_watch(&self.inotify, path, flags)?)
    }
}

fn lock(watched: &Mutex<Watched>) -> MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a file, a link or a folder was changed after that time, by the kernel's clock, which nobody sets back for one file.
fn changed(path: &Path, since: SystemTime) -> bool {
    let since = since.duration_since(UNIX_EPOCH).unwrap_or_default();
    let at = |about: fs::Metadata| {
        let seconds = u64::try_from(about.ctime()).unwrap_or_default();
        Duration::new(seconds, u32::try_from(about.ctime_nsec()).unwrap_or_default())
    };
    fs::symlink_metadata(path).is_ok_and(|about| at(about) >= since)
}

/// Reads what the kernel tells, for ever. Where one change waits to be heard, more of them are the same.
fn listen(inotify: &OwnedFd, watched: &Mutex<Watched>, changed: &SyncSender<Change>) {
    let mut buffer = vec![MaybeUninit::uninit(); 16 << 10];
    let mut reader = Reader::new(inotify, &mut buffer);
    loop {
        let matters = match reader.next() {
            Ok(event) if event.events().contains(ReadFlags::QUEUE_OVERFLOW) => true,
            Ok(event) => {
                let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
                let watched = lock(watched);
                watched.get(&event.wd()).is_some_and(|folder| folder.minds(event.events(), name))
            }
            Err(Errno::INTR) => false,
            Err(_) => return,
        };
        if matters
            && let Err(std::sync::mpsc::TrySendError::Disconnected(_)) = changed.try_send(Change)
        {
            return;
        }
    }
}

impl Folder {
    /// Whether all that matters to the other one matters to this.
    fn covers(&self, other: &Folder) -> bool {
        (self.recipes || !other.recipes) && other.names.is_subset(&self.names)
    }

    /// Whether a change may be one of the recipes.
    fn minds(&self, what: ReadFlags, name: Option<&OsStr>) -> bool {
        let Some(name) = name else {
            // The folder itself. Its attributes change whenever something in it does.
            let gone = ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::UNMOUNT;
            return what.intersects(gone);
        };
        if self.names.contains(name) {
            return true;
        }
        if !self.recipes || name.as_bytes().starts_with(b".") {
            return false;
        }
        let end = Path::new(name).extension();
        let appeared = ReadFlags::CREATE | ReadFlags::MOVED_TO | ReadFlags::ATTRIB;
        end.is_some_and(|end| end == "yaml" || end == "yml")
            || what.contains(ReadFlags::ISDIR) && !what.contains(ReadFlags::ATTRIB)
            // A link to a folder.
            || what.intersects(appeared) && self.path.join(name).is_dir() && !what.contains(ReadFlags::ISDIR)
    }
}

/// The folders on the way to paths, and what matters in each.
#[derive(Default)]
struct Ways {
    folders: BTreeMap<PathBuf, Folder>,
    /// What the ways lead over and to that is no mere folder on the way.
    ends: Vec<PathBuf>,
}

impl Ways {
    fn follow(&mut self, path: &Path) {
        let Ok(path) = std::path::absolute(path) else { return };
        let mut ahead: VecDeque<OsString> = VecDeque::new();
        let mut folder = PathBuf::from("/");
        push(&mut ahead, &mut folder, &path);
        let mut links = 0;
        while let Some(name) = ahead.pop_front() {
            if name == ".." {
                folder.pop();
                continue;
            }
            let known = self.folders.entry(folder.clone()).or_default();
            known.names.insert(name.clone());
            let here = folder.join(&name);
            let Ok(about) = fs::symlink_metadata(&here) else {
                // It may come.
                return;
            };
            if about.is_symlink() {
                self.ends.push(here.clone());
                links += 1;
                let Ok(target) = fs::read_link(&here) else { return };
                if links > LINKS {
                    return;
                }
                push(&mut ahead, &mut folder, &target);
            } else if about.is_dir() {
                folder = here;
            } else {
                self.ends.push(here);
                return;
            }
        }
        // The path leads to a folder: one of recipes.
        self.ends.push(folder.clone());
        self.folders.entry(folder).or_default().recipes = true;
    }
}

/// Puts the names of a path before those that are ahead; an absolute one begins anew.
fn push(ahead: &mut VecDeque<OsString>, folder: &mut PathBuf, path: &Path) {
    for component in path.components().rev() {
        match component {
            Component::Normal(name) => ahead.push_front(name.to_owned()),
            Component::ParentDir => ahead.push_front("..".into()),
            Component::RootDir => *folder = PathBuf::from("/"),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::fs::symlink,
        sync::mpsc::{Receiver, sync_channel},
    };

    use super::*;

    struct Scene {
        folder: tempfile::TempDir,
        changes: Changes,
        changed: Receiver<Change>,
    }

    impl Scene {
        fn new() -> Scene {
            let (sender, changed) = sync_channel(1);
            let folder = tempfile::tempdir().unwrap();
            Scene { folder, changes: Changes::start(sender).unwrap(), changed }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn follow(&self, names: &[&str]) -> Followed {
            let paths: Vec<PathBuf> = names.iter().map(|name| self.at(name)).collect();
            self.changes.follow(&paths, SystemTime::now() - Duration::from_secs(3600))
        }

        /// Whether that is seen. What was seen before is forgotten first, and a change that is certainly seen comes after.
        fn sees(&self, act: impl FnOnce()) -> bool {
            while self.changed.recv_timeout(Duration::from_millis(30)).is_ok() {}
            act();
            self.changed.recv_timeout(Duration::from_millis(300)).is_ok()
        }
    }

    #[test]
    fn files_folders_and_renames_are_seen_and_what_is_beside_them_is_not() {
        let scene = Scene::new();
        fs::create_dir(scene.at("recipes")).unwrap();
        fs::write(scene.at("recipes/a.yaml"), "").unwrap();
        fs::write(scene.at("script.js"), "").unwrap();
        let _ = scene.follow(&["recipes", "recipes/a.yaml", "recipes/../script.js"]);
        assert!(scene.sees(|| fs::write(scene.at("recipes/a.yaml"), "x").unwrap()));
        assert!(scene.sees(|| fs::write(scene.at("recipes/new.yml"), "").unwrap()));
        assert!(scene.sees(|| fs::create_dir(scene.at("recipes/sub")).unwrap()));
        assert!(scene.sees(|| fs::remove_file(scene.at("recipes/new.yml")).unwrap()));
        assert!(scene.sees(|| fs::write(scene.at("script.js"), "x").unwrap()));
        // As an editor saves.
        fs::write(scene.at("recipes/.a.swp"), "y").unwrap();
        assert!(scene.sees(|| {
            fs::rename(scene.at("recipes/.a.swp"), scene.at("recipes/a.yaml")).unwrap();
        }));
        assert!(!scene.sees(|| fs::write(scene.at("recipes/notes.txt"), "").unwrap()));
        assert!(!scene.sees(|| fs::write(scene.at("recipes/.hidden.yaml"), "").unwrap()));
        assert!(!scene.sees(|| fs::write(scene.at("other.js"), "").unwrap()));
        assert!(scene.sees(|| fs::rename(scene.at("recipes"), scene.at("old")).unwrap()));
    }

    #[test]
    fn a_volume_whose_link_is_swapped_is_seen_whatever_was_named() {
        for named in ["volume", "volume/a.yaml", "link", "link/a.yaml"] {
            let scene = Scene::new();
            for version in ["volume/..1", "volume/..2"] {
                fs::create_dir_all(scene.at(version)).unwrap();
                fs::write(scene.at(version).join("a.yaml"), "").unwrap();
            }
            symlink("..1", scene.at("volume/..data")).unwrap();
            symlink("..data/a.yaml", scene.at("volume/a.yaml")).unwrap();
            symlink("volume", scene.at("link")).unwrap();
            let folder = named.split('/').next().unwrap();
            let _ = scene.follow(&[named, folder, &format!("{folder}/a.yaml")]);
            symlink("..2", scene.at("volume/..tmp")).unwrap();
            let swap = || fs::rename(scene.at("volume/..tmp"), scene.at("volume/..data")).unwrap();
            assert!(scene.sees(swap), "{named}");
        }
    }

    #[test]
    fn what_was_named_is_seen_replaced_removed_and_made() {
        let scene = Scene::new();
        fs::create_dir_all(scene.at("deep/recipes")).unwrap();
        fs::create_dir_all(scene.at("other/recipes")).unwrap();
        let _ = scene.follow(&["deep/recipes"]);
        assert!(scene.sees(|| fs::rename(scene.at("deep"), scene.at("gone")).unwrap()));
        let _ = scene.follow(&["deep/recipes"]);
        assert!(scene.sees(|| fs::rename(scene.at("other"), scene.at("deep")).unwrap()));
        let _ = scene.follow(&["deep/recipes"]);
        assert!(scene.sees(|| fs::remove_dir_all(scene.at("deep")).unwrap()));
        symlink("gone", scene.at("circle")).unwrap();
        symlink("circle", scene.at("deep")).unwrap();
        let _ = scene.follow(&["deep/recipes"]);
        assert!(scene.sees(|| fs::write(scene.at("gone/recipes/a.yaml"), "").unwrap()));
        fs::remove_file(scene.at("circle")).unwrap();
        symlink("deep", scene.at("circle")).unwrap();
        let _ = scene.follow(&["deep/recipes"]);
        assert!(scene.sees(|| fs::remove_file(scene.at("circle")).unwrap()));
    }

    #[test]
    fn what_changed_before_it_was_watched_is_told_once() {
        let scene = Scene::new();
        fs::create_dir(scene.at("recipes")).unwrap();
        fs::write(scene.at("recipes/a.yaml"), "").unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        let paths = [scene.at("recipes"), scene.at("recipes/a.yaml")];
        assert!(scene.changes.follow(&paths, long_ago).stale);
        assert!(!scene.changes.follow(&paths, long_ago).stale, "it is watched by now");
        let ahead = SystemTime::now() + Duration::from_secs(3600);
        assert!(!Scene::new().changes.follow(&paths, ahead).stale);
    }

    #[test]
    fn what_is_not_followed_any_more_is_not_watched() {
        let scene = Scene::new();
        fs::create_dir(scene.at("a")).unwrap();
        fs::create_dir(scene.at("b")).unwrap();
        let _ = scene.follow(&["a"]);
        let _ = scene.follow(&["b"]);
        assert!(!scene.sees(|| fs::write(scene.at("a/x.yaml"), "").unwrap()));
        assert!(scene.sees(|| fs::write(scene.at("b/x.yaml"), "").unwrap()));
    }
}
