function process(data)
  Info('before')
  while true do end
end
