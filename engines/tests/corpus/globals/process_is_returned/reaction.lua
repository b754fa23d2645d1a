return { process = function(data) Info('never') end }
