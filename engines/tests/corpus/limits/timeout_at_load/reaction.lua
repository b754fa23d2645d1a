while true do end

function process(data)
  Info('never')
end
