function process(data)
  string.gsub('123', '%d', function(each)
    if each == '2' then error('two') end
    Info(each)
  end)
end
