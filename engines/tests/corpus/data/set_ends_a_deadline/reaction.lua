function process(data)
  if data.timestamp == '2026-01-01T00:00:00Z' then
    DataSetTtl('a', '1', 60)
    DataSet('a', '2')
    DataSetTtl('n', '5', 60)
    Info(DataIncr('n'))
  else
    Info(DataKeys())
  end
end
