function process(data)
  local tried = 0
  local guard, each_of, kind_of, tell, text = pcall, pairs, type, Info, tostring
  for name, f in each_of(_G) do
    if kind_of(f) == 'function' and name ~= 'process' and name ~= 'error' then
      guard(f)
      guard(f, nil)
      guard(f, {}, {}, {})
      guard(f, -1, -1, -1)
      guard(f, f, f, f)
      guard(f, data, data, data)
      guard(f, data.process.args, 1, 1)
      guard(f, 0 / 0, 1e300, '')
      tried = tried + 1
    end
  end
  tell(text(tried > 10))
end
