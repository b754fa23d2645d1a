function process(data) {
  Info(['evil.example', 'Evil.EXAMPLE.', 'sub.evil.example', 'notevil.example'].map((domain) => NetBlockDomain(domain)).join(' '));
  Info(NetBlockDomain('evil.example') + ' ' + Errno());
  Info(NetUnblockDomain('notevil.example') + ' ' + NetBlockDomain('notevil.example'));
}
