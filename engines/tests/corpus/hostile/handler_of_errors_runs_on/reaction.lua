local function forever() while true do end end

function process(data)
  while true do
    xpcall(forever, forever)
    xpcall(error, forever)
    xpcall(forever, function() xpcall(forever, forever) end)
  end
end
