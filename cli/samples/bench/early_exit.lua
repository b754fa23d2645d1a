-- R1: looks at one field and leaves.
function process(data)
  if not string.find(data.process.cmd, "wget", 1, true) then return end
  Warn("wget: " .. data.process.cmd)
end
