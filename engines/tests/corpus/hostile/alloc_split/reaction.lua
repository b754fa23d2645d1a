function process(data)
  local text = string.rep('a,', 1000000)
  local split = string.split or function(whole)
    local parts = {}
    for part in string.gmatch(whole, '[^,]*') do table.insert(parts, part) end
    return parts
  end
  local kept = {}
  while true do table.insert(kept, split(text, ',')) end
end
