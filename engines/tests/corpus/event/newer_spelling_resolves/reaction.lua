function process(data)
  local file = data.file
  Info(table.concat({file.path, file.file, tostring(file.path ~= nil), tostring(file.file ~= nil)}, ' '))
  local enumerated = false
  for key in pairs(file) do enumerated = enumerated or key == 'path' end
  Info(tostring(enumerated))
  Info(tostring(string.find(json.encode(file), '"path"', 1, true) ~= nil))
end
