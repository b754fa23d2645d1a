-- The keys of an object are texts, also those that look like numbers: only a list has places.
function process(data)
  local custom = data.custom
  Info(table.concat({tostring(custom[1]), custom['0'], custom['-1'], custom.b}, ' '))
end
