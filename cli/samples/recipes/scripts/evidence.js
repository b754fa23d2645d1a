// Keeps what was seen, and counts who does it often.

function process(data) {
  const folder = CreateTempDir("evidence-*");
  if (folder === "") {
    Error("no folder for the evidence: " + Errno());
    return;
  }
  const file = folder + "/event.json";
  if (WriteFile(file, JSON.stringify(data, null, 2)) === 0) {
    Info("evidence in " + file);
  }
  const count = DataIncr("seen:" + data.process.exe);
  Warn(`${data.process.exe} did this ${count} time(s): ${data.process.cmd}`);
}
