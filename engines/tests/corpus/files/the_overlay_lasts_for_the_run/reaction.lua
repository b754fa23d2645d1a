function process(data)
  local before = DataGet('folder')
  local made = CreateTempDir()
  local read = before == '' and '' or ReadFile(before .. '/note')
  Info((before == '' and 'made' or before == made and 'same folder' or 'other folder') .. ', read [' .. read .. ']')
  WriteFile(made .. '/note', before == '' and 'first' or 'second')
  DataSet('folder', made)
end
