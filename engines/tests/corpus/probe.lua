-- Runs before and after each case on the same worker. It knows what a table of globals and each library may hold and must hold, in whatever dialect, tries
-- all of it, and says `pristine` where nothing was added, taken away or bent.

local GLOBALS = [[
  _G _VERSION assert coroutine error getmetatable ipairs json math next pairs pcall rawequal rawget rawlen rawset select setmetatable string table
  tonumber tostring type unpack xpcall bit bit32 buffer os typeof utf8 vector integer
  Debug Info Warn Error Errno Now NowMillis DataSet DataGet DataDelete DataHasKey DataHasValue DataIsEmpty DataKeys DataValues DataSize DataClear DataPush
  DataPop DataIncr DataSetTtl DataCas ReadFile Stat WriteFile AppendFile CreateTempDir RemoveDir KillCurrent KillParent KillProcess NetBlockIp
  NetBlockIpTimer NetUnblockIp NetBlockDomain NetUnblockDomain PowerOff Panic Deny
  kind name uuid data process
]]

local MUST = [[
  assert coroutine error getmetatable ipairs json math next pairs pcall rawequal rawget rawset select setmetatable string table tonumber tostring type xpcall
  Debug Info Warn Error Errno Now NowMillis DataSet DataGet DataIncr ReadFile Stat WriteFile KillCurrent NetBlockIp Deny kind name uuid data process
]]

local LIBRARIES = {
  string = 'byte char find format gmatch gsub len lower match rep reverse sub upper split pack packsize unpack dump',
  table = 'concat insert remove sort unpack pack move maxn getn foreach foreachi find clear clone create freeze isfrozen new nkeys',
  math = [[abs acos asin atan atan2 ceil clamp cos cosh deg exp floor fmod frexp huge isfinite isinf isnan ldexp lerp log log10 map max maxinteger min
    mininteger modf noise pi pow rad random randomseed round sign sin sinh sqrt tan tanh tointeger type ult e phi tau nan sqrt2]],
  coroutine = 'close create isyieldable resume running status wrap yield',
  json = 'decode encode',
  os = 'clock date difftime time',
}

-- What the loop below was written with, whatever becomes of the globals.
local type, pairs, ipairs, next, rawget, getmetatable, pcall, tostring = type, pairs, ipairs, next, rawget, getmetatable, pcall, tostring

local function words(text)
  local set = {}
  for word in string.gmatch(text, '%S+') do set[word] = true end
  return set
end

local function differences()
  local found = {}
  local may = words(GLOBALS)
  for key, value in next, _G do
    if not may[key] then found[#found + 1] = 'the global ' .. tostring(key) end
    if type(value) == 'table' and key ~= '_G' and key ~= 'data' and getmetatable(value) ~= nil then found[#found + 1] = 'the metatable of ' .. key end
  end
  for key in pairs(words(MUST)) do
    if _G[key] == nil then found[#found + 1] = 'no global ' .. key end
  end
  for library, entries in pairs(LIBRARIES) do
    local known = words(entries)
    for key, value in next, _G[library] or {} do
      if not known[key] then found[#found + 1] = library .. '.' .. tostring(key) end
      if type(value) ~= 'function' and type(value) ~= 'number' then found[#found + 1] = library .. '.' .. key .. ' is a ' .. type(value) end
    end
  end
  return found
end

local function equal(a, b)
  return tostring(a) == tostring(b)
end

local function works(event)
  local sorted = {3, 1, 2}
  table.sort(sorted)
  local order = setmetatable({}, { __index = function(_, key) return key .. '!' end, __len = function() return 7 end })
  local job = coroutine.wrap(function(n) return coroutine.yield(n + 1) end)
  local failed, message = pcall(error, 'x', 0)
  local untouched = json.encode(event.process)
  local checks = {
    json = equal(json.encode(json.decode('{"a":[1,{"b":[]}],"c":"ü"}').a), '[1,{"b":[]}]') and json.decode('"\\u00fc"') == 'ü',
    math = math.max(1, 3, 2) == 3 and math.floor(-1.5) == -2 and math.random() < 1 and math.random(5, 5) == 5,
    list = equal(table.concat(sorted, ','), '1,2,3') and #sorted == 3 and table.remove(sorted) == 3 and select('#', 1, nil, nil) == 3,
    text = ('a-b'):gsub('-', '+') == 'a+b' and string.rep('ab', 2) == 'abab' and ('x'):upper() == 'X' and string.format('%5.1f|%s', 1.25, 'x') == '  1.2|x' and ('a12b'):match('%d+') == '12',
    method = getmetatable('') == nil or type(getmetatable('')) ~= 'table' or rawget(getmetatable(''), '__index') == string,
    meta = order.x == 'x!' and rawget(order, 'x') == nil and getmetatable(order).__len(order) == 7,
    co = job(1) == 2 and job('done') == 'done' and coroutine.status(coroutine.create(type)) == 'suspended',
    caught = failed == false and message == 'x' and select(2, pcall(error)) == nil,
    plain = next({}) == nil and ({}).polluted == nil and type(nil) == 'nil' and tonumber('0x10') == 16 and rawequal(order, order),
    iterates = select('#', pairs({})) == 3 or select('#', pairs({})) == 2,
    event = event.event_type == 'execution' and string.sub(json.encode(event), 1, 8) == '{"uuid":' and string.sub(untouched, 1, 1) == '{',
    globals = kind == 'probe' and name == 'probe' and uuid == event.uuid and data == event and Errno() == '',
  }
  local wrong = {}
  for each, right in pairs(checks) do
    if not right then wrong[#wrong + 1] = each end
  end
  return wrong
end

function process(event)
  local wrong = differences()
  for _, each in ipairs(works(event)) do wrong[#wrong + 1] = each end
  if #wrong > 0 then error('not pristine: ' .. table.concat(wrong, ', ', 1, math.min(#wrong, 10))) end
  Info('pristine')
end
