function process(data)
  Info('before')
  error('broken')
end
