function process(data)
  Info(table.concat({NetBlockDomain(), NetBlockDomain('evil.example'), NetBlockDomain('cdn.example')}, ' '))
end
