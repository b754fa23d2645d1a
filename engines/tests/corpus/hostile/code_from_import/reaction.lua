function process(data)
  require('data:text/lua,while true do end')
end
