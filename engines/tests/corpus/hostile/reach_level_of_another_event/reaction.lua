local kept = { level = 'none' }
saved = saved or 'none'

function process(data)
  Info(tostring(kept.level) .. ' ' .. tostring(saved) .. ' ' .. tostring(rawget(_G, 'leak')) .. ' ' .. data.custom.a)
  kept.level = data.custom
  saved = data.custom
  _G.leak = data.custom
  pcall(function() string.leak = data.custom end)
  pcall(function() getmetatable('').leak = data.custom end)
end
