local function work(data)
  Info('arrow ' .. data.metadata.name)
end

process = work
