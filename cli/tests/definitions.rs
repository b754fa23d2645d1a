//! The definitions that editors read, each checked by the tool that reads it: honest reactions pass, wrong calls are flagged at their lines.
//!
//! `.ci/tools` installs the tools into `target/tools`, or where `REACTANT_TOOLS` says; a test whose tool is not there is ignored, but fails where that
//! variable is set.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use libtest_mimic::{Arguments, Failed, Trial};

/// A language's definitions and the tool that reads them.
struct Editor {
    format: &'static str,
    /// The name of the definitions' file.
    file: &'static str,
    /// The tool, below the folder of tools.
    tool: &'static str,
    arguments: &'static [&'static str],
    /// What the tool wants beside the sources.
    settings: (&'static str, &'static str),
    /// A reaction without a mistake.
    honest: (&'static str, &'static str),
    /// A reaction with a mistake on every line that holds `wrong`.
    wrong: (&'static str, &'static str),
    /// How the tool writes the place of a mistake on a line of the reaction.
    place: fn(u32) -> String,
}

const EDITORS: &[Editor] = &[TYPESCRIPT, EMMYLUA];

const TYPESCRIPT: Editor = Editor {
    format: "d.ts",
    file: "reactant.d.ts",
    tool: "node_modules/.bin/tsc",
    arguments: &["-p", "jsconfig.json"],
    settings: (
        "jsconfig.json",
        r#"{"compilerOptions": {"checkJs": true, "noEmit": true, "strict": true, "target": "es2023", "lib": ["es2023"], "types": []},
            "include": ["*.js", "*.d.ts"]}"#,
    ),
    honest: (
        "reaction.js",
        r#"
class Missing extends Error {
  constructor() {
    super("missing");
    this.name = "Missing";
  }
}

/** @param {Reactant.Event} event */
function process(event) {
  Error(`a log line about ${event.process?.exe}`);
  Info(3);
  DataPush("member");
  DataPush("key", "member");
  const count = DataIncr("count");
  if (count === null) throw new Missing();
  DataIncr("count", -1);
  if (NetBlockIpTimer("203.0.113.7", 60) < 0) Warn(Errno());
  for (const address of event.background?.flows?.protocols?.[0].pairs ?? []) NetBlockIp(address.nodes?.remote?.address);
  const about = Stat("/etc/passwd");
  if (about !== null && about.size > 10) Info(data.anything.at.all + kind + name + uuid + NowMillis().toFixed());
}
"#,
    ),
    wrong: (
        "reaction.js",
        r#"
/** @param {Reactant.Event} event */
function process(event) {
  KillProcess(); // wrong
  Info({}); // wrong
  DataSett("key", "value"); // wrong
  DataSet("key"); // wrong
  NetBlockIpTimer("203.0.113.7", true); // wrong
  Info(DataGet("key") * 2); // wrong
  const ancestors = event.background?.ancestry ?? [];
  Info(ancestors[0].pid.toUpperCase()); // wrong
  KillCurrent("surplus"); // wrong
}
"#,
    ),
    place: |line| format!("reaction.js({line},"),
};

const EMMYLUA: Editor = Editor {
    format: "luals",
    file: "reactant.lua",
    tool: "bin/emmylua_check",
    arguments: &["--warnings-as-errors", "."],
    settings: (".luarc.json", r#"{"runtime.version": "Lua 5.1"}"#),
    honest: (
        "reaction.lua",
        r#"
---@param event reactant.event
function process(event)
  if event.process then Error("a log line about " .. tostring(event.process.exe)) end
  Info(3)
  DataPush("member")
  DataPush("key", "member")
  local count = DataIncr("count")
  if count == nil then error("missing") end
  DataIncr("count", -1)
  if NetBlockIpTimer("203.0.113.7", 60) < 0 then Warn(Errno()) end
  for _, each in ipairs(event.background and event.background.ancestry or {}) do
    if each.exe then NetBlockDomain(each.exe) end
  end
  local about = Stat("/etc/passwd")
  if about ~= nil and about.size > 10 then Info(data.anything.at.all .. kind .. name .. uuid .. NowMillis()) end
  Info(json.encode(json.decode("[]"), 2))
end
"#,
    ),
    wrong: (
        "reaction.lua",
        r#"
---@param event reactant.event
function process(event)
  KillProcess() -- wrong
  Info({}) -- wrong
  DataSett("key", "value") -- wrong
  DataSet("key") -- wrong
  NetBlockIpTimer("203.0.113.7", true) -- wrong
  if event.process and event.process.namespaces then
    Info(event.process.namespaces) -- wrong
  end
  KillCurrent("surplus") -- wrong
end
"#,
    ),
    place: |line| format!("reaction.lua:{line}:"),
};

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for editor in EDITORS {
        let asked_for = std::env::var_os("REACTANT_TOOLS").map(PathBuf::from);
        let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools");
        let tool = asked_for.as_deref().unwrap_or(&usual).join(editor.tool);
        let ignored = asked_for.is_none() && !tool.exists();
        let name = format!("{}_flags_wrong_calls_and_nothing_else", editor.format);
        let trial = Trial::test(name, move || check(editor, &tool).map_err(Failed::from));
        trials.push(trial.with_ignored_flag(ignored));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn check(editor: &Editor, tool: &Path) -> Result<(), String> {
    let reactant = Command::new(env!("CARGO_BIN_EXE_reactant"))
        .args(["helpers", "--format", editor.format])
        .output()
        .map_err(|error| error.to_string())?;
    if !reactant.status.success() {
        return Err(String::from_utf8_lossy(&reactant.stderr).into_owned());
    }
    let look_at = |(name, text): (&str, &str)| -> Result<(bool, String), String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let files = [
            (editor.file, reactant.stdout.as_slice()),
            (editor.settings.0, editor.settings.1.as_bytes()),
            (name, text.as_bytes()),
        ];
        for (name, content) in files {
            fs::write(folder.path().join(name), content).map_err(|error| error.to_string())?;
        }
        let output = Command::new(tool).args(editor.arguments).current_dir(&folder).output();
        let output = output.map_err(|error| format!("{}: {error}", tool.display()))?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
    };
    let (fine, said) = look_at(editor.honest)?;
    if !fine {
        return Err(format!("an honest reaction is flagged:\n{said}"));
    }
    let (fine, said) = look_at(editor.wrong)?;
    if fine {
        return Err(format!("nothing is flagged:\n{said}"));
    }
    for (line, text) in (1..).zip(editor.wrong.1.lines()) {
        let place = (editor.place)(line);
        if text.contains("wrong") != said.contains(&place) {
            return Err(format!("line {line}: {text}\n{said}"));
        }
    }
    Ok(())
}
