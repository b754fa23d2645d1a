type Named = { name: string, size: number? }

local function tell(it: Named): string
  return `{it.name} {it.size or 7}`
end

function process(data)
  local odd = {}
  for n = 1, 5 do
    if n % 2 == 0 then continue end
    table.insert(odd, n)
  end
  Info(table.concat(odd, ' '))
  local sum = 1
  sum += 5
  Info(`{sum} {if sum > 5 then 'yes' else 'no'}`)
  Info(string.format('%.1f %d %d', 7 // 2, 0b10, 0x1))
  Info(tell({ name = 'typed' }))
end
