local kept = 0

function process(data)
  local stored = DataGet('n')
  if stored == '' then stored = '0' end
  Info('stored ' .. stored .. ', kept ' .. kept)
  kept = kept + 1
  DataSet('n', tostring(tonumber(stored) + 1))
end
