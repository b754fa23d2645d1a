function process(data)
  Info('said', 'more', nil, {}, process)
  Info('errno [' .. Errno() .. ']')
end
