function process(data) {
  let text = 'x';
  for (;;) text += text + text.charCodeAt(0);
}
