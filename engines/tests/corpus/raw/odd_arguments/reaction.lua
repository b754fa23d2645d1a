local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

local function told()
  return string.match(Errno(), 'got (.*)$')
end

function process(data)
  Info(list(DataSet('k', print or process), told()))
  Info(list(DataSet('k', data.process), told()))
  Info(list(DataSet('k', data.process.args), told()))
  Info(list(DataSet('k', { a = { b = {} } }), told()))
  for _, odd in ipairs({ coroutine.create(process), buffer and buffer.create(1) or process, vector and vector.create(1, 2, 3) or process }) do
    if DataSet('k', odd) ~= -1 or told() == nil then error('taken') end
  end
end
