while true do end

function process(data) end
