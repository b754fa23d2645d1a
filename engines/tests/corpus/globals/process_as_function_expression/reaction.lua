process = function(data)
  Info('expression')
end
