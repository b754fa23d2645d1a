local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(list(string.find('hello world', 'o w')), list(string.find('a.b', '.', 2, true)))
  Info(list(string.find('hello', 'l+')) .. ' ' .. list(string.find('hello', '(l)(l)')) .. ' ' .. list(string.find('x', 'y')))
  Info(list(string.match('key = value', '^(%w+)%s*=%s*(%w+)$')) .. ' ' .. list(string.match('2026-11-24', '(%d+)-(%d+)-(%d+)')))
  Info(list(string.match('THE (quick) fox', '%((%a+)%)')) .. ' ' .. list(string.match('f(a(b)c)d', '%b()')) .. ' ' .. list(string.match('THE fox', '%f[%l]%a+')))
  Info(list(string.match('hello hello', '(%w+) %1')) .. ' ' .. list(string.match('abc', '()b()')) .. ' ' .. list(string.match('abc', 'c', -1)))
  local words = {}
  for key, value in string.gmatch('a=1, b=2', '(%w+)=(%w+)') do table.insert(words, key .. value) end
  for word in string.gmatch('one two', '%a+') do table.insert(words, word) end
  Info(table.concat(words, ' '))
  Info(list(string.gsub('hello world', 'o', '0')) .. ' ' .. list(string.gsub('hello', '(l)(l)', '%2-%1')) .. ' ' .. list(string.gsub('abc', '%w', '%0%0', 2)))
  Info(list(string.gsub('$name is $age', '%$(%w+)', {name = 'x', age = 7})) .. ' ' .. list(string.gsub('abc', '%w', function(each) if each ~= 'b' then return each:upper() end end)))
  Info(list(string.gsub('abc', '', '-')) .. ' ' .. list(string.gsub('a,b', '^%w', 'X')) .. ' ' .. list(string.gsub('100%', '%%', ' percent')))
  Info(list(string.gsub(data.process.comm, '[^%w]', '_')) .. ' ' .. list(string.match(data.process.comm, '[]]-]?%-')))
  Info(list((pcall(string.find, 'a', '[a'))) .. ' ' .. list((pcall(string.find, 'a', '%'))) .. ' ' .. list((pcall(string.gsub, 'a', 'a', '%2'))) .. ' ' .. list((pcall(string.find, 'a', '('))))
  Info(list((pcall(string.gsub, 'a', 'a', function() return {} end))) .. ' ' .. list((pcall(string.gsub, 'a', 'a', true))) .. ' ' .. list(string.gsub('a', 'a', function() return false end)))
end
