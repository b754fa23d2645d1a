local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  local all = json.decode('{"n":1,"f":-2.5,"e":1e3,"t":true,"o":false,"z":null}')
  Info(list(all.n, all.f, all.e, all.t, all.o, all.z))
  Info(json.decode('"\\u00fc\\ud83e\\udd80"') .. ' ' .. #json.decode(' [1 , 2, 3 ] '))
  local odd = json.decode('{"__index":{"x":1},"__metatable":"own","a":1}')
  Info(list(odd.__metatable, odd.a, odd.x))
  Info(json.decode('{"n":9007199254740993}').n == json.decode('9007199254740993') and '9007199254740993' or 'differs')
end
