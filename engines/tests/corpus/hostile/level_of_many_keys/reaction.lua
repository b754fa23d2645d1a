function process(data)
  if data.custom.k00000 ~= 0 then error('odd') end
  Info(tostring(#json.encode(data.custom) > 100000))
end
