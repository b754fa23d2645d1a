local unpack = table.unpack or unpack

local function bind(f, first)
  return function(...)
    return f(first, ...)
  end
end

function process(data)
  Info(DataSet(unpack({'k', 'v'})) .. ' ' .. DataGet(unpack({'k'})))
  Info(select(2, pcall(DataSet, 'l', 'w')) .. ' ' .. bind(DataGet, 'l')())
end
