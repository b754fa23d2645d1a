function process(data)
  local again = load(string.dump(function()
    while true do end
  end))
  again()
end
