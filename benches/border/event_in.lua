-- An early exit on an event that came as text.
function process()
  local event = json.decode(DataGet("event"))
  if not string.find(event.process.cmd, "wget", 1, true) then return end
  Warn("wget: " .. event.process.cmd)
end
