local function report(what, good)
  Info(what .. ' ' .. (good and 'PASS' or 'FAIL'))
end

local function test_helpers()
  Debug('debug works')
  Warn('warn works')
  Error('error works')
  DataSet('test_key', 'test_value')
  report('data', DataGet('test_key') == 'test_value')
  DataDelete('test_key')
  local content = 'Test at ' .. Now()
  local folder = CreateTempDir('test-*')
  if folder ~= '' then
    WriteFile(folder .. '/test.txt', content)
    report('file', ReadFile(folder .. '/test.txt') == content)
    RemoveDir(folder)
  end
  report('errno', type(Errno()) == 'string')
end

local function test_data(data)
  Info(table.concat({data.process.cmd or 'N/A', data.process.pid or 'N/A', data.file and data.file.file or 'N/A', data.file and data.file.actions and table.concat(data.file.actions, ', ') or 'N/A'}, ' '))
end

local function test_failures()
  report('invalid read', ReadFile('/nonexistent/path') == '')
  report('invalid get', DataGet('nonexistent') == '')
end

function process(data)
  if DataGet('test_mode') == 'true' then
    Info('=== test ===')
    test_helpers()
    test_data(data)
    test_failures()
    Info('=== done ===')
    return
  end
  Info('normal')
end
