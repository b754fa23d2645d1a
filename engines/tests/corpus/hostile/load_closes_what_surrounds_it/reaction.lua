Info('reached')
end)() while true do end (function()
function process(data)
end
