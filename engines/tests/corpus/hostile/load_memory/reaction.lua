local list = {}
while true do table.insert(list, {#list}) end

function process(data) end
