function process(data)
  string.find(string.rep('ab', 20000), '(.+).-%1.-%1.-%1x')
end
