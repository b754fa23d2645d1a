function Warn(text)
  Info('own ' .. text)
end

function process(data)
  Warn('a')
end
