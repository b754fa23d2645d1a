function process(data) Info("hello") end
