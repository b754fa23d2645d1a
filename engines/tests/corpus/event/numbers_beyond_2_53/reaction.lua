-- Luau writes a double with the fewest digits that give it back, as JavaScript does, but with an exponent from 1e21 on as well.
function process(data)
  local n = data.n
  Info(tostring(n.odd) .. ' ' .. tostring(n.most) .. ' ' .. tostring(n.unsigned))
  Info(json.encode(n))
  Info(n.odd .. ' ' .. n.most)
  Info(tostring(n.odd == 2 ^ 53) .. ' ' .. tostring(n.most == 2 ^ 63))
end
