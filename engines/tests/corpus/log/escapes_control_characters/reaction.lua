function process(data)
  Info('a\nb\rc\td\27[2J\0\127\194\155')
  Info('\226\128\174gnp.exe \226\128\168\226\129\166')
  Info('grüße 漢字 🦀 \\ "quoted" <b>')
end
