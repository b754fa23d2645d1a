function process(data) {
  Info([NetBlockDomain(), NetBlockDomain('evil.example'), NetBlockDomain('cdn.example')].join(' '));
}
