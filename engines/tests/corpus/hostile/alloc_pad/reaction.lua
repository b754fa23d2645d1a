function process(data)
  if string.pack then
    string.pack('c500000000', 'ab')
  else
    string.rep('ab', 250000000)
  end
end
