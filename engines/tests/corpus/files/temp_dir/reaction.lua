local function starts(text, with)
  return tostring(string.sub(text, 1, #with) == with)
end

function process(data)
  local plain = CreateTempDir()
  local named = CreateTempDir('incident-*')
  local again = CreateTempDir('incident-*')
  local stat = Stat(named)
  Info(table.concat({starts(plain, '/tmp/reactant-'), starts(named, '/tmp/incident-'), tostring(named ~= again), stat.mode, tostring(stat.isDir)}, ' '))
  Info('[' .. Errno() .. ']')
end
