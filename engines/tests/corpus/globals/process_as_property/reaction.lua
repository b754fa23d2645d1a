_G.process = function(data)
  Info('property')
end
