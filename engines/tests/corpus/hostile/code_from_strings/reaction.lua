function process(data)
  local make = loadstring or load
  make('while true do end')()
end
