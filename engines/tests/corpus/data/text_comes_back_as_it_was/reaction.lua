-- A text of Lua is any bytes; those that are no UTF-8 become U+FFFD, which is three bytes.
function process(data)
  local nul = 'a\0b\31'
  local wide = 'ü漢🦀\244\143\191\191'
  DataSet('nul', nul)
  DataSet('wide', wide)
  Info(tostring(DataGet('nul') == nul) .. ' ' .. tostring(DataGet('wide') == wide))
  DataSet('lone', '\255')
  local a, b, c = string.byte(DataGet('lone'), 1, -1)
  Info((a - 224) * 4096 + (b - 128) * 64 + (c - 128))
end
