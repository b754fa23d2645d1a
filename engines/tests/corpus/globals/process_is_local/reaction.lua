local function process(data)
  Info('local ' .. data.metadata.name)
end
