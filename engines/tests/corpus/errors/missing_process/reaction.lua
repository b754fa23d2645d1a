function proces(data)
  Info('never')
end
