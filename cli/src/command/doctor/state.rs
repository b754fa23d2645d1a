//! The data folder: who holds it, its journal, its budgets and its blocks.

use std::path::Path;

use reactant_helpers::{
    budget::tripped,
    control::Client,
    effects::block::in_folder,
    folder::Folder,
    journal::{Verdict, verify},
};

use super::{Finding, Found};
use crate::settings::Settings;

const SECTION: &str = "state";

/// What a folder holds; nothing is made or changed there.
pub(super) fn state(settings: &Settings) -> Vec<Finding> {
    let folder = settings.folder();
    let asked = settings.data.is_some();
    if !folder.exists() {
        let text = format!("{}: it is made at the first run that acts", folder.display());
        let may = made(folder);
        let answer = may.map(|()| text);
        return vec![Finding::judged(SECTION, "folder", asked, answer)];
    }
    let private = match Folder::beside(folder) {
        Ok(_) => Ok(match Client::of(folder).status() {
            Ok(status) => format!("{}: held by process {}", folder.display(), status.pid),
            Err(_) => match Folder::holder(folder) {
                Some(pid) => {
                    format!("{}: held by process {pid}, which does not answer", folder.display())
                }
                None => format!("{}: nobody holds it", folder.display()),
            },
        }),
        Err(error) => Err(error.to_string()),
    };
    let mut findings = vec![Finding::judged(SECTION, "folder", asked, private)];
    findings.extend(journal(folder));
    match tripped(folder) {
        Ok(held) if held.is_empty() => {
            findings.push(Finding::new(SECTION, "budgets", Found::Ok, "no recipe is held back"));
        }
        Ok(held) => findings.extend(held.iter().map(|(recipe, trip)| {
            let text = format!("`{recipe}` only simulates since {:.0}: {trip}", trip.at);
            Finding::new(SECTION, "budgets", Found::Problem, text)
        })),
        Err(error) => {
            findings.push(Finding::new(SECTION, "budgets", Found::Problem, error.to_string()));
        }
    }
    findings.push(match in_folder(folder) {
        Ok(file) => {
            let text = format!("{} leases", file.leases.len());
            Finding::new(SECTION, "blocks", Found::Ok, text)
        }
        Err(error) => Finding::new(SECTION, "blocks", Found::Problem, error.to_string()),
    });
    findings
}

fn journal(folder: &Path) -> Option<Finding> {
    let answer = match verify(folder, &[]) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok("there is none yet".to_owned())
        }
        Err(error) => Err(error.to_string()),
        Ok(Verdict { head, problems, .. }) => match problems.first() {
            None => Ok(format!("whole: {} lines, head {}", head.line, head.hash)),
            Some(first) => Err(format!("line {}: {}", first.line, first.what)),
        },
    };
    Some(Finding::judged(SECTION, "journal", true, answer))
}

/// Whether this user could make the folder, as far as that can be told.
fn made(folder: &Path) -> Result<(), String> {
    let above = folder.ancestors().skip(1).find(|above| above.exists());
    let above = above.filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    let flags = rustix::fs::AtFlags::EACCESS;
    rustix::fs::accessat(rustix::fs::CWD, above, access, flags).map_err(|errno| {
        format!("{} cannot be made: {}: {errno}", folder.display(), above.display())
    })
}
