function process(data)
  while true do
    for _, pattern in ipairs({'%', '[', '[a', '(', ')', '%b', '%bx', '%f', '%9', '(()', '[%', '[^', '%f[', '%1', '((a)%2'}) do
      for _, f in ipairs({string.find, string.match, string.gsub, string.gmatch}) do pcall(f, 'text', pattern, 'x') end
    end
  end
end
