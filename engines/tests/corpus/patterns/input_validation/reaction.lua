local LONGEST = 60

local function clean(text)
  local plain = string.gsub(text or 'unknown', '%c', '')
  if #plain > LONGEST then return string.sub(plain, 1, LONGEST) .. '...' end
  return plain
end

function process(data)
  if type(data) ~= 'table' then
    Error('no event')
    return
  end
  if data.process then Info('command ' .. clean(data.process.cmd)) end
  if data.file and data.file.file then
    local path = data.file.file
    if string.sub(path, 1, 1) ~= '/' or string.find(path, '../', 1, true) then
      Error('suspicious path ' .. path)
      return
    end
    Info('path ' .. path)
  end
end
