function process(data)
  local weak = setmetatable({}, {__mode = 'k'})
  local last = {}
  weak[last] = 0
  for n = 1, 100000 do
    local new = {}
    weak[new] = last
    last = new
  end
  Info('done')
end
