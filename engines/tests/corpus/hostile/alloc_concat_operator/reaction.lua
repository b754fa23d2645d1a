function process(data)
  local x = string.rep('x', 1000000)
  local text = x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x .. x
  local more = text .. text .. text .. text .. text .. text .. text .. text
  return #more
end
