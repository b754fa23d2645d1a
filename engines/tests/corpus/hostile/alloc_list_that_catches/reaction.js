function process(data) {
  let list = [];
  for (;;) {
    try {
      for (;;) list.push([list.length, 'x']);
    } catch (error) {
      list = [];
    }
  }
}
