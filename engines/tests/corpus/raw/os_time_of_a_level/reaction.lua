function process(data)
  Info(string.format('%d', os.time(data.custom)))
end
