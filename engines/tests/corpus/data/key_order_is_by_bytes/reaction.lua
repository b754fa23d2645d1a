function process(data)
  for _, key in ipairs({'b', 'ä', 'B', '🦀', 'a', 'A', ''}) do DataSet(key, '1') end
  Info(DataKeys())
end
