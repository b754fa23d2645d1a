do return end

function process(data)
  Info('never')
end
