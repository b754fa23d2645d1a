local function work() return 'real' end
function shared() return 'real' end

function process(data)
  Info(work() .. ' ' .. shared())
  work = function() return 'hijacked' end
  shared = work
  process = work
  _G.process = nil
end
