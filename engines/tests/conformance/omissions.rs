//! The cases that a language of commands leaves out: `corpus/FORMAT.yaml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use libtest_mimic::{Failed, Trial};
use reactant_core::engine::Language;

/// What is left out, and what is wrong with the list.
pub(crate) struct Omissions {
    format: &'static str,
    cases: BTreeSet<String>,
    fault: Option<String>,
}

impl Omissions {
    /// Reads the list of a language, for a corpus of these cases. The file maps an area to reasons and each reason to its cases, or to `rest`: all
    /// that have no file.
    pub(crate) fn read(corpus: &Path, language: &'static Language, names: &[String]) -> Omissions {
        let format = language.format;
        let mut omissions = Omissions { format, cases: BTreeSet::new(), fault: None };
        let path = corpus.join(format!("{format}.yaml"));
        let Ok(text) = fs::read_to_string(&path) else { return omissions };
        if let Err(fault) = omissions.fill(corpus, language, names, &text) {
            omissions.fault = Some(format!("{}: {fault}", path.display()));
        }
        omissions
    }

    fn fill(
        &mut self,
        corpus: &Path,
        language: &Language,
        names: &[String],
        text: &str,
    ) -> Result<(), String> {
        if language.capability.is_none() {
            return Err("only a language of commands may leave cases out here".to_owned());
        }
        let areas: BTreeMap<String, BTreeMap<String, Cases>> =
            serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        let extension = language.extensions.first().unwrap_or(&language.format);
        let has_file =
            |name: &str| corpus.join(name).join(format!("reaction.{extension}")).is_file();
        for (area, reasons) in areas {
            for (reason, cases) in reasons {
                let left_out: Vec<String> = match cases {
                    Cases::These(cases) => {
                        cases.iter().map(|case| format!("{area}/{case}")).collect()
                    }
                    Cases::Rest(Rest::Rest) => {
                        let of_area = |name: &&String| {
                            name.starts_with(&format!("{area}/")) && !has_file(name)
                        };
                        names.iter().filter(of_area).cloned().collect()
                    }
                };
                if reason.is_empty() || left_out.is_empty() {
                    return Err(format!("{area}: `{reason}` stands for nothing"));
                }
                for name in left_out {
                    if !names.contains(&name) || has_file(&name) {
                        return Err(format!("{name} is no case, or has a file"));
                    }
                    self.cases.insert(name);
                }
            }
        }
        Ok(())
    }

    /// Whether a case is left out.
    pub(crate) fn omits(&self, name: &str) -> bool {
        self.cases.contains(name)
    }

    /// A test that fails where the list is wrong.
    pub(crate) fn trial(self) -> Trial {
        Trial::test(format!("omissions::{}", self.format), move || {
            self.fault.map_or(Ok(()), |fault| Err(Failed::from(fault)))
        })
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Cases {
    These(Vec<String>),
    Rest(Rest),
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rest {
    Rest,
}
