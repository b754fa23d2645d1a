function process(data)
  local bits = bit32 or bit
  while true do
    if bits then
      bits.band(bits.lshift(1, 31), bits.rshift(-1, 1), bits.bxor(1, 2))
      pcall(bits.lshift, 1, 1000000)
    end
  end
end
