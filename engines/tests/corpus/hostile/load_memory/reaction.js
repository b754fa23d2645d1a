const list = [];
for (;;) list.push([list.length]);

function process(data) {}
