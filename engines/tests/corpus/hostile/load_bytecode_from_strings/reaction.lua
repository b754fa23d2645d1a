function process(data)
  local ran = 0
  for _, name in ipairs({'load', 'loadstring', 'dofile', 'loadfile'}) do
    local f = _G[name]
    if f then
      for _, code in ipairs({'\27Lua', '\27Luac', '\6\3', '\0', string.rep('\255', 100)}) do
        local done, made = pcall(f, code)
        if done and type(made) == 'function' and pcall(made) then ran = ran + 1 end
      end
    end
  end
  Info('ran ' .. ran)
end
