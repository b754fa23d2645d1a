function process(data) Give(react(data)) end
