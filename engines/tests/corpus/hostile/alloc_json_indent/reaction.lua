function process(data)
  Info(tostring(#json.encode({{{{{{{{1}}}}}}}}, 1000000000) < 1000))
end
