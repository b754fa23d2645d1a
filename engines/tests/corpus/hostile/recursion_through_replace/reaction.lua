local function replace()
  return (string.gsub('a', 'a', replace))
end

function process(data)
  replace()
end
