function tell(result) {
  Info(result + ' ' + Errno());
}

function process(data) {
  for (const domain of ['', '203.0.113.7', 'a b', '*.evil.example', 'www.corp.example', 'example', null]) tell(NetBlockDomain(domain));
  tell(NetUnblockDomain());
}
