local function more(...)
  return more('x', ...)
end

function process(data)
  more()
end
