local function is_list(value)
  return string.sub(json.encode(value), 1, 1) == '['
end

function process(data)
  local custom = data.custom
  Info(table.concat({#custom.list, json.encode(custom.list), json.encode(custom.object), tostring(is_list(custom.list)), tostring(is_list(custom.object))}, ' '))
  Info(json.encode(data.process.args) .. ' ' .. #table.concat(data.process.envs, ''))
end
