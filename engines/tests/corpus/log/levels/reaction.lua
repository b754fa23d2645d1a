function process(data)
  Debug('one')
  Info('two')
  Warn('three')
  Error('four')
  Info('five')
end
