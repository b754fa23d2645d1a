local ping, pong

function ping(n)
  return pong(n + 1)
end

function pong(n)
  return ping(n + 1)
end

function process(data)
  return ping(0)
end
