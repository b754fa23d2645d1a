-- Sixteen records, handed over twenty times: as values, or as text where the kind of the recipe is `naive`.
function process()
  local records = {}
  for index = 0, 15 do
    table.insert(records, { pid = 4000 + index, share = index + 0.5, name = "curl", known = index % 2 == 0, tags = { "egress", "tcp" } })
  end
  for _ = 1, 20 do
    if kind == "naive" then GiveText(json.encode(records)) else Give(records) end
  end
end
