local function endless()
  return nil
end

function process(data)
  local skipped = { process = true }
  local arguments = {
    {},
    {nil, nil, nil},
    {{}, {}, {}},
    {'x', 'x', 'x'},
    {0, 0, 0},
    {-1, -1, -1},
    {endless, endless, endless},
    {{1, 2, 3}, 2, 1},
    {'text', 1e300, 0 / 0},
    {data, data, data},
    {coroutine.create(endless), 1},
  }
  local called = 0
  for library_name, library in pairs(_G) do
    if type(library) == 'table' and library ~= _G and library ~= data and library ~= coroutine then
      for name, f in pairs(library) do
        if type(f) == 'function' then
          for n = 1, #arguments do
            local list = arguments[n]
            pcall(f, list[1], list[2], list[3])
            called = called + 1
          end
        end
      end
    end
  end
  Info(tostring(called > 500))
end
