function process(data)
  local each_pair, guard, raw, kind_of = pairs, pcall, rawset, type
  local everything = {_G, string, table, math, coroutine, getmetatable(''), data}
  for _, each in each_pair(everything) do
    if kind_of(each) == 'table' then
      for key in each_pair(each) do
        guard(raw, each, key, nil)
        guard(function() each[key] = nil end)
      end
    end
  end
end
