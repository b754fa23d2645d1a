local asked = 0

local function ask()
  asked = asked + 1
  return 'text'
end

local function odd()
  return setmetatable({ field = 1 }, { __tostring = ask, __index = ask, __len = ask, __call = ask, __concat = ask, __unm = ask, __eq = ask, __lt = ask, __iter = ask, __pairs = ask })
end

function process(data)
  Info(DataSet(odd(), 'v') .. ' ' .. Errno())
  Info(DataSet('k', odd()) .. ' ' .. Errno())
  Info((DataIncr('k', odd()) == nil and 'null' or 'a number') .. ' ' .. Errno())
  Info('[' .. DataGet(odd()) .. '] ' .. Errno())
  Info(asked .. ' asked')
end
